// A second opinion on IAM policies: reads cases as JSON on standard input, has
// @cloud-copilot/iam-simulate evaluate them, prints the outcomes as JSON.
//
// A case that cannot be judged as it stands has "allowed": null and makes the exit code 1,
// so that a test which expects a refusal is not made green by a typing error.

import { readFileSync } from 'node:fs'
import { isConditionKeyArray, isWildcardOnlyAction, runSimulation, typeForContextKey } from '@cloud-copilot/iam-simulate'
import { validateIdentityPolicy, validateTrustPolicy } from '@cloud-copilot/iam-policy'

class CannotJudge extends Error {}

const PRINCIPALS = {
  trust: /^arn:aws[\w-]*:iam::\d{12}:(saml|oidc)-provider\/\S+$/,
  permission: /^arn:aws[\w-]*:sts::\d{12}:assumed-role\/[^/\s]+\/[^/\s]+$/
}
const ROLE = /^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/

const accountIn = (arn) => arn.split(':')[4] || undefined

/** The library wants strings, and one or several of them according to the key's type. */
async function contextVariables(context) {
  const variables = {}
  for (const [key, value] of Object.entries(context)) {
    const several = Array.isArray(value)
    const values = (several ? value : [value]).map((v) => {
      if (!['string', 'boolean', 'number'].includes(typeof v)) {
        throw new CannotJudge(`context key ${key}: ${JSON.stringify(v)} is not a plain value`)
      }
      return String(v)
    })
    const type = await typeForContextKey(key).catch(() => {
      throw new CannotJudge(`context key ${key} is unknown to the library`)
    })
    // Of a list under a single-valued key the library would silently take the first one.
    if (several && !isConditionKeyArray(type)) {
      throw new CannotJudge(`context key ${key} has one value, not a list (${type})`)
    }
    variables[key] = isConditionKeyArray(type) ? values : values[0]
  }
  return variables
}

const list = (x) => (x === undefined ? [] : Array.isArray(x) ? x : [x])

/** What became of each statement, and why, in few words. */
function statements(analysis) {
  const found = [analysis.identityAnalysis, analysis.resourceAnalysis].flatMap((part) =>
    part ? [...part.allowStatements, ...part.denyStatements, ...part.unmatchedStatements] : []
  )
  return found.map(({ explain }) => ({
    statement: explain.identifier, // Sid, or 1, 2, ... in the policy's order
    effect: explain.effect,
    matches: explain.matches,
    mismatches: [
      ...(explain.actionMatch ? [] : ['action']),
      ...(explain.resourceMatch ? [] : ['resource']),
      ...(explain.principalMatch === 'Match' ? [] : [`principal (${explain.principalMatch})`]),
      ...list(explain.conditions).filter((c) => !c.matches).map((c) =>
        `${c.operator} ${c.conditionKeyValue}` + (c.failedBecauseMissing ? ' (key is absent)' : '')
          + (c.missingOperator ? ' (no such operator)' : '')
          + (c.failedBecauseArray ? ' (set operator wanted)' : '')
      )
    ],
    // Worth knowing: ForAllValues, ...IfExists and the negated operators hold for an absent key.
    matchedBecauseAbsent: list(explain.conditions).filter((c) => c.matchedBecauseMissing)
      .map((c) => `${c.operator} ${c.conditionKeyValue}`)
  }))
}

/**
 * The library leaves out context keys that its data does not list for the action. That changes
 * the outcome only where a statement for this action looks at such a key.
 */
function refuseDroppedKeys(dropped, analysis) {
  for (const part of [analysis.identityAnalysis, analysis.resourceAnalysis]) {
    for (const s of part ? [...part.allowStatements, ...part.denyStatements, ...part.unmatchedStatements] : []) {
      if (!s.actionMatch) continue
      const conditions = list(s.explain.conditions)
      const words = [
        ...conditions.map((c) => c.conditionKeyValue),
        ...conditions.flatMap((c) => list(c.values).map((v) => v.value)).join(' ').matchAll(/\$\{([^},]+)/g),
        ...list(s.explain.resources).map((r) => r.resource).join(' ').matchAll(/\$\{([^},]+)/g)
      ].map((w) => (Array.isArray(w) ? w[1] : w).trim().toLowerCase())
      const hit = dropped.find((key) => words.includes(key.toLowerCase()))
      if (hit) {
        throw new CannotJudge(`the library does not know context key ${hit} for this action, and a statement uses it`)
      }
    }
  }
}

async function judgeAction(kind, policy, request, action) {
  const { principal, resource } = request
  const [service, name] = action.split(':')
  const wildcardOnly = await isWildcardOnlyAction(service, name).catch(() => {
    throw new CannotJudge(`unknown action ${action}`)
  })
  if (/[*?]/.test(resource) && !(wildcardOnly && resource === '*')) {
    throw new CannotJudge(`${action}: name one resource, without wildcards`)
  }
  const result = await runSimulation({
    request: {
      principal,
      action,
      // Same account or not decides whether an identity policy alone is enough.
      resource: { resource, accountId: request.resourceAccount ?? accountIn(resource) ?? accountIn(principal) },
      contextVariables: await contextVariables(request.context ?? {})
    },
    // To the library a trust policy is the resource policy of the role; the caller, being
    // an identity provider, has no policies of its own.
    identityPolicies: kind === 'permission' ? [{ name: 'role', policy }] : [],
    resourcePolicy: kind === 'trust' ? policy : undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }, { simulationMode: 'Strict' })

  if (result.resultType !== 'single') {
    throw new CannotJudge(`${action} on ${resource}: ${result.errors ? JSON.stringify(result.errors) : result.resultType}`)
  }
  const { analysis, ignoredContextKeys } = result.result
  refuseDroppedKeys(ignoredContextKeys, analysis)
  return {
    action,
    result: result.overallResult,
    sameAccount: analysis.sameAccount, // across accounts an identity policy alone allows nothing
    statements: statements(analysis),
    ...(ignoredContextKeys.length > 0 && { unusedContextKeys: ignoredContextKeys })
  }
}

async function judge({ kind, policy, request }) {
  const validate = { trust: validateTrustPolicy, permission: validateIdentityPolicy }[kind]
  if (!validate) throw new CannotJudge(`kind must be trust or permission, not ${JSON.stringify(kind)}`)
  for (const field of ['principal', 'resource']) {
    if (typeof request?.[field] !== 'string') throw new CannotJudge(`request.${field} must be a string`)
  }
  const unknown = Object.keys(request).filter(
    (k) => !['principal', 'action', 'resource', 'resourceAccount', 'context'].includes(k))
  if (unknown.length > 0) throw new CannotJudge(`request has unknown fields: ${unknown}`)
  if (!PRINCIPALS[kind].test(request.principal)) {
    throw new CannotJudge(`${request.principal} is no principal for kind ${kind}`)
  }
  if (kind === 'trust' && !ROLE.test(request.resource)) {
    throw new CannotJudge(`${request.resource} is not the ARN of a role`)
  }
  const problems = validate(policy)
  if (problems.length > 0) throw new CannotJudge(`the policy is invalid: ${JSON.stringify(problems)}`)

  // Several actions: all must be allowed, as when STS asks for TagSession besides AssumeRoleWithSAML.
  const actions = list(request.action)
  if (actions.length === 0 || !actions.every((a) => typeof a === 'string' && a.split(':').length === 2)) {
    throw new CannotJudge('request.action must be service:Action or a list of them')
  }
  const detail = []
  for (const action of actions) detail.push(await judgeAction(kind, policy, request, action))
  return { allowed: detail.every((d) => d.result === 'Allowed'), detail }
}

const cases = JSON.parse(readFileSync(0, 'utf8'))
if (!Array.isArray(cases)) throw new Error('standard input must hold a JSON list of cases')

const outcomes = []
for (const one of cases) {
  try {
    outcomes.push({ name: one.name, ...(await judge(one)) })
  } catch (e) {
    // Whatever the library throws on odd input is no verdict either.
    outcomes.push({ name: one?.name, allowed: null, detail: e instanceof CannotJudge ? e.message : `${e.stack ?? e}` })
    process.exitCode = 1
  }
}
console.log(JSON.stringify(outcomes, null, 1))
