import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cause, fix, kase, piece } from '../case.fixture';
import type { CaseView, KeptSignature, KeptView } from '../ipc';
import { answer, button, called, forget, nothing, press, refuse, setup } from '../screens.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: Diagnose } = await import('./Diagnose.svelte');
const { default: Case } = await import('./Case.svelte');
const { default: Kept } = await import('../parts/Kept.svelte');
const { default: Simulate } = await import('./Simulate.svelte');
const { default: Test } = await import('./Test.svelte');

afterEach(() => {
  cleanup();
  forget();
});

const said = words.diagnose;
const draft = $state({
  practice: true,
  idp: 'entra-gallery',
  profile: null,
  region: 'us-east-1',
  aws_first: false,
});
const empty = kase({
  outcome: 'empty',
  pieces: [],
  proven: [],
  fixes: [],
  admission: null,
  claims: [],
  timeline: [],
});

describe('Diagnose', () => {
  const symptom = { id: 'p', message: 'Permission needed', place: 'Web', literal: true };
  const begin = (found = vi.fn()) => {
    answer({
      symptoms: [symptom, { ...symptom, id: 'q', message: 'Nothing happens', literal: false }],
      beginCase: empty,
      chooseSymptom: kase(),
      addEvidence: kase(),
      lookAtAws: kase(),
      choices: { regions: ['us-east-1'] },
      applications: [{ id: 'a-1', name: 'q-demo', status: 'ACTIVE' }],
    });
    render(Diagnose, { draft, found, simulate: nothing, back: nothing });
    return found;
  };
  const find = async () => (await button(said.find)) as HTMLButtonElement;

  it('quotes what is shown, and asks for something before it looks for the cause', async () => {
    const found = begin();
    expect(await screen.findByLabelText(/“Permission needed”/)).toBeTruthy();
    expect((await find()).disabled).toBe(true);
    await fireEvent.click(screen.getByLabelText(/Nothing happens/));
    expect((await find()).disabled).toBe(false);
    await press(said.find);
    await waitFor(() => {
      expect(found).toHaveBeenCalledOnce();
    });
    expect(called('chooseSymptom')).toEqual([['chooseSymptom', 'q']]);
    expect(called('lookAtAws')).toEqual([]);
  });

  it('takes a paste that nobody pressed the button for, as bytes', async () => {
    const found = begin();
    await fireEvent.input(await screen.findByLabelText(said.evidence.paste), {
      target: { value: 'AADSTS50105 é' },
    });
    await press(said.find);
    await waitFor(() => {
      expect(found).toHaveBeenCalledOnce();
    });
    expect(called('addEvidence')).toEqual([['addEvidence', 'QUFEU1RTNTAxMDUgw6k=', null]]);
  });

  it('lists the pieces as they are recognised, and says what was not', async () => {
    begin();
    const field = await screen.findByLabelText(said.evidence.paste);
    await fireEvent.input(field, { target: { value: '?' } });
    answer({ addEvidence: refuse('The text is nothing that is known.') });
    await press(said.evidence.add);
    expect(await screen.findByText('The text is nothing that is known.')).toBeTruthy();
    answer({ addEvidence: kase() });
    await press(said.evidence.add);
    const list = await screen.findByRole('list', { name: said.pieces.title });
    expect(within(list).getByText('SAML response')).toBeTruthy();
  });

  it('looks at an application only when one is picked', async () => {
    const found = begin();
    await press(words.takeOver.list);
    await screen.findByLabelText(/q-demo/);
    await press(said.find);
    await waitFor(() => {
      expect(found).toHaveBeenCalledOnce();
    });
    expect(called('lookAtAws')[0]?.[1]).toEqual({
      practice: true,
      profile: null,
      region: 'us-east-1',
      application: 'a-1',
    });
  });
});

const kept = (signature: KeptSignature): KeptView => ({
  name: 'n',
  title: 'T.',
  about: 'A',
  at: 'that day',
  readable: true,
  signature,
  shared: false,
  now: null,
});

describe('Case', () => {
  const show = (view: CaseView, own: Record<string, unknown> = {}) => {
    answer({ keptCases: [], choices: { regions: [], idps: [] } });
    return render(Case, {
      view,
      draft,
      changed: nothing,
      plan: vi.fn(),
      takeOver: nothing,
      test: vi.fn(),
      simulate: nothing,
      back: nothing,
      ...own,
    });
  };

  it('says the situation in its title, for each outcome', () => {
    for (const [view, title] of [
      [empty, said.outcome.empty],
      [kase(), said.outcome.blocked(1)],
      [kase({ outcome: 'open', proven: [] }), said.outcome.open],
      [kase({ outcome: 'clear', proven: [] }), said.outcome.clear],
      [kase({ outcome: 'passed', proven: [] }), said.outcome.passed],
    ] as const) {
      show(view);
      expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(title);
      cleanup();
    }
  });

  it('folds what a cause explains under it, and shows the card of the portal', () => {
    show(kase());
    expect(screen.getByText(said.explains(1)).closest('details')).toBeTruthy();
    expect(screen.getAllByText(/Where in Entra ID/).length).toBe(1);
    cleanup();
    const changes = fix('IdP').changes.map((change) => ({ ...change, step: cause().step }));
    show(kase({ fixes: [{ ...fix('IdP'), changes }] }));
    // Once: on the fix, where it is needed.
    expect(screen.getAllByText(/Where in Entra ID/).length).toBe(1);
    expect(screen.getByRole('button', { name: 'Copy Reply URL' })).toBeTruthy();
  });

  it('says of each comparison what it is, in words, beside what STS said', () => {
    show(kase());
    const proof = within(screen.getByRole('region', { name: said.admission.title }));
    expect(proof.getByText(said.admission.holds.no)).toBeTruthy();
    expect(proof.getAllByText(said.admission.holds.unknown).length).toBeGreaterThan(0);
    expect(proof.getByText(said.admission.nothing)).toBeTruthy();
    expect(proof.getByText(/STS said: AccessDenied/)).toBeTruthy();
    cleanup();
    // The policy admits, and STS refused for what was found elsewhere: no doubt is left.
    const { admission } = kase();
    if (!admission?.sts) throw new Error('the fixture has STS');
    const sts = { ...admission.sts, beside: 'found' as const };
    show(kase({ admission: { ...admission, decision: 'yes', sts } }));
    expect(screen.getByText(said.admission.beside.found)).toBeTruthy();
    expect(screen.queryByText(said.admission.beside.otherwise)).toBeNull();
  });

  it('says what becomes of the old value', () => {
    show(kase({ fixes: [fix('AWS')] }));
    expect(screen.getByText('The old value stays: others use it.')).toBeTruthy();
  });

  it('leads a change in AWS to the plan, to taking over, or says that it is made by hand', async () => {
    const plan = vi.fn().mockResolvedValue(undefined);
    const view = kase({ fixes: [fix('IdP'), { ...fix('AWS'), planned: true }] });
    show(view, { plan });
    await press(said.fix.plan);
    expect(plan).toHaveBeenCalledWith('s');
    cleanup();
    show(kase({ fixes: [fix('AWS')] }));
    expect(screen.getByText(said.fix.console)).toBeTruthy();
    expect(screen.queryByRole('button', { name: said.fix.plan })).toBeNull();
    cleanup();
    show({ ...view, about: { ...view.about, setup: null } });
    expect(await button(said.fix.take)).toBeTruthy();
  });

  it('says quietly that the set-up differs where its plan makes no fix', async () => {
    const plan = vi.fn().mockResolvedValue(undefined);
    const view = kase({ fixes: [fix('AWS'), fix('IdP')] });
    const differs = { ...view, about: { ...view.about, plan_rows: 2 } };
    show(differs, { plan });
    expect(screen.getByText(said.aws.differs(2))).toBeTruthy();
    // The verb of the screen is another sign-in.
    expect((await button(said.signIn.again)).classList.contains('primary')).toBe(true);
    expect((await button(said.aws.plan)).classList.contains('primary')).toBe(false);
    expect(screen.queryByRole('button', { name: said.fix.plan })).toBeNull();
    await press(said.aws.plan);
    expect(plan).toHaveBeenCalledWith('s');
    cleanup();
    show({ ...differs, fixes: [{ ...fix('AWS'), planned: true }] }, { plan });
    expect(screen.queryByText(said.aws.differs(2))).toBeNull();
    cleanup();
    show(view);
    expect(screen.queryByText(said.aws.differs(0))).toBeNull();
  });

  it('shows no claims without what is known of their signature', () => {
    show(kase());
    expect(screen.getAllByText(said.signature.word.verified).length).toBeGreaterThan(1);
    expect(screen.getByText(said.claims.title)).toBeTruthy();
    expect(screen.queryByText(said.admission.unverified)).toBeNull();
    expect(screen.queryByText(said.provenUnverified)).toBeNull();
    for (const signature of [
      { state: 'refused', by: 'setup', of: '', why: 'it is not signed' },
      { state: 'unchecked', why: 'no-metadata' },
      { state: 'absent' },
    ] as const) {
      cleanup();
      show(kase({ signature }));
      const claims = screen.getByText(said.claims.unverified).closest('details');
      expect(claims?.querySelector('dl.unverified')).toBeTruthy();
      expect(claims?.textContent).toContain(said.claims.unverifiedLead);
      expect(claims?.textContent).toContain(said.signature.word[signature.state]);
      expect(screen.queryByText(said.claims.title)).toBeNull();
      expect(screen.getByText(said.admission.unverified)).toBeTruthy();
      const how =
        signature.state === 'refused'
          ? said.signature.refused('setup', 'it is not signed')
          : signature.state === 'absent'
            ? said.signature.absent
            : said.signature.unchecked['no-metadata'];
      expect(screen.getByText(said.provenUnverified)).toBeTruthy();
      expect(screen.getAllByText(how).length).toBeGreaterThan(1);
    }
  });

  it('says at a piece why it is set aside, and what its recording left out', () => {
    const aside = 'set aside: the trust policy that AWS has counts, and differs from this';
    const left = { kind: 'Federation metadata', count: 1, would_vouch: true };
    show(
      kase({
        pieces: [
          piece({ kind: 'Trust policy', aside }),
          piece({
            left_out: [left, { kind: 'Message', count: 3, would_vouch: false }],
            signature: { state: 'unchecked', why: 'not-judged' },
          }),
        ],
      }),
    );
    const list = within(screen.getByRole('list', { name: said.pieces.title }));
    const [first, second] = list.getAllByRole('listitem');
    expect(first?.textContent).toContain('Set aside: the trust policy that AWS has counts');
    expect(second?.textContent).toContain(said.pieces.leftOut(1, left.kind, true));
    expect(second?.textContent).toContain(said.pieces.leftOut(3, 'Message', false));
    expect(second?.textContent).toContain(said.signature.word.unchecked);
  });

  it('shows the letter whole before it can be copied', async () => {
    show(kase({ fixes: [fix('IdP')] }));
    answer({ caseLetter: { subject: 'Please change', body: 'one value' } });
    await press(said.fix.letter);
    const text = await screen.findByRole('textbox', { name: said.letter.title });
    expect(text.textContent.trim()).toBe('Please change\n\none value');
    expect(await button(`Copy ${said.letter.title}`)).toBeTruthy();
  });

  it('answers a question, takes an answer back, and asks for evidence by its own way', async () => {
    const changed = vi.fn();
    const question = {
      need: null,
      rule: 'F70-x',
      ask: 'Is the person assigned?',
      how: '',
      at_aws: false,
      by_sign_in: false,
      decides: [],
    };
    const open = kase({
      outcome: 'open',
      proven: [],
      possible: [
        question,
        { ...question, rule: null, ask: 'The role?', at_aws: true },
        { ...question, rule: null, ask: 'A response?', by_sign_in: true },
        { ...question, rule: null, ask: 'The text?' },
      ],
      ruled_out: [{ id: 'F71-y', title: 'Other.', why: 'You answered no.', answered: true }],
    });
    answer({ answerRule: kase(), lookAtAws: kase(), captureSignIn: kase() });
    show(open, { changed });
    await press('No: Is the person assigned?');
    await press(said.takeBack);
    await press(said.aws.ask);
    await waitFor(() => {
      expect(changed).toHaveBeenCalledTimes(3);
    });
    expect(called('answerRule').map((call) => call.slice(1))).toEqual([
      ['F70-x', false],
      ['F71-y', null],
    ]);
    expect(called('lookAtAws')).toEqual([['lookAtAws', null]]);
    await press(`${said.addThis}: The text?`);
    expect(await screen.findByLabelText(said.evidence.paste)).toBeTruthy();
  });

  it('has the plan as its verb where the smallest fix is on the side of AWS', async () => {
    const plan = vi.fn(() => Promise.resolve());
    show(kase({ fixes: [{ ...fix('AWS'), planned: true }, fix('IdP')] }), { plan });
    expect((await button(said.fix.plan)).classList.contains('primary')).toBe(true);
    expect((await button(said.signIn.again)).classList.contains('primary')).toBe(false);
    await press(said.fix.plan);
    await waitFor(() => {
      expect(plan).toHaveBeenCalledWith('s');
    });
  });

  it('signs in by the browser with the secret that was given, and forgets it', async () => {
    answer({ captureSignIn: kase() });
    const view = kase();
    show({ ...view, about: { ...view.about, protocol: 'oidc' } });
    const field = screen.getByLabelText<HTMLInputElement>(words.plan.secret);
    await fireEvent.input(field, { target: { value: 's3cret' } });
    await press(said.signIn.again);
    await waitFor(() => {
      expect(called('captureSignIn')).toEqual([['captureSignIn', 's3cret']]);
    });
    expect(screen.getByLabelText<HTMLInputElement>(words.plan.secret).value).toBe('');
  });

  it('keeps a case only with consent', async () => {
    show(kase());
    const keep = (await button(said.keep.button)) as HTMLButtonElement;
    expect(keep.disabled).toBe(true);
    answer({
      keepCase: [kept('verified')],
    });
    await fireEvent.click(screen.getByLabelText(said.keep.consent));
    await press(said.keep.button);
    expect(await screen.findByText(said.keep.kept)).toBeTruthy();
    expect(called('keepCase')).toHaveLength(1);
  });

  it('says of a kept verdict that it is a kept one', async () => {
    const passes = { passes: true, signature_open: false, other_key: false, stops: [] };
    for (const signature of ['verified', 'refused', 'unchecked', 'not-refused'] as const) {
      answer({ keptCases: [{ ...kept(signature), now: passes }], choices: { idps: [] } });
      render(Kept, { setup: 's' });
      expect(await screen.findByText(said.keep.signature[signature]('that day'))).toBeTruthy();
      expect(screen.getByText(said.keep.passes)).toBeTruthy();
      cleanup();
    }
  });

  it('says of a shared verdict whose word it is, and of another key what is not known', async () => {
    const now = { passes: false, signature_open: true, other_key: true, stops: [] };
    answer({
      keptCases: [{ ...kept('verified'), shared: true, now }],
      choices: { idps: [] },
    });
    render(Kept, { setup: 's' });
    const signature = said.keep.shared(said.keep.signature.verified('that day'));
    expect(await screen.findByText(signature)).toBeTruthy();
    expect(screen.getByText(said.keep.otherKey)).toBeTruthy();
    expect(screen.getByText(said.keep.unknown)).toBeTruthy();
    expect(screen.queryByText(said.keep.fails)).toBeNull();
    expect(screen.queryByText(said.keep.signatureOpen)).toBeNull();
    cleanup();
    answer({
      keptCases: [{ ...kept('verified'), now: { ...now, stops: ['S.'] } }],
      choices: { idps: [] },
    });
    render(Kept, { setup: 's' });
    expect(await screen.findByText(said.keep.fails)).toBeTruthy();
    expect(screen.queryByText(said.keep.unknown)).toBeNull();
  });

  it('says that AWS was not asked, and offers to look', async () => {
    const view = kase();
    show({ ...view, about: { ...view.about, place: '', looked: null, setup: null } });
    expect(screen.getByText(said.aws.offline)).toBeTruthy();
    expect(((await button(said.aws.look)) as HTMLButtonElement).disabled).toBe(true);
  });

  it('waits for a sign-in, which can be cancelled', async () => {
    let end: (why: Error) => void = nothing;
    answer({
      captureSignIn: () => new Promise((_, stop) => (end = stop)),
      cancelSignIn: () => {
        end(new Error('cancelled'));
      },
    });
    show(kase());
    await press(said.signIn.again);
    await screen.findByRole('heading', { name: words.test.waiting(300) });
    await press(words.test.cancel);
    // Whoever cancels is told no failure.
    await screen.findByRole('heading', { name: said.outcome.blocked(1) });
    expect(called('cancelSignIn')).toHaveLength(1);
    expect(screen.queryByText('cancelled')).toBeNull();
  });
});

describe('Simulate', () => {
  it('asks whose provider it is, and shows counts and rows', async () => {
    answer({
      home: { rows: [{ ...setup, id: 's-1', name: 'q-demo' }] },
      simulateUsers: {
        users: 3,
        passing: 2,
        unknown: 0,
        causes: [{ id: 'F17', title: 'No mail.', severity: 'bad', users: 1 }],
        rows: [{ user: 'bob', result: 'stops', findings: ['F17'] }],
        assumed: ['Nobody is in a group.'],
      },
    });
    render(Simulate, { setup: null, name: '', back: nothing });
    await fireEvent.input(await screen.findByLabelText(words.simulate.typed), {
      target: { value: 'upn,mail\nbob,' },
    });
    await press(words.simulate.run);
    await screen.findByRole('heading', { name: words.simulate.done(2, 3) });
    expect(called('simulateUsers')[0]?.[1]).toBe('s-1');
    expect(screen.getByText(words.simulate.count(1))).toBeTruthy();
    expect(screen.getByRole('row', { name: /bob Would stop F17/ })).toBeTruthy();
    expect(screen.getByText(words.simulate.shown(1, 3))).toBeTruthy();
  });
});

describe('Test', () => {
  it('calls what no signature vouches for not verified', async () => {
    const judgement = {
      passed: false,
      blocked: true,
      findings: [],
      timeline: [],
      attributes: [{ label: 'Issuer', value: 'x' }],
      sts: '',
      person: 'alice',
    };
    for (const [signature, shown] of [
      [{ state: 'refused', by: 'aws', of: '', why: 'it is not signed' }, true],
      [{ state: 'verified', by: 'aws', of: 'x', whole: true }, false],
    ] as const) {
      answer({ keptCases: [], openSetup: setup, signIn: { ...judgement, signature } });
      render(Test, {
        setup,
        changed: nothing,
        next: nothing,
        session: nothing,
        found: nothing,
        simulate: nothing,
        back: nothing,
      });
      await press(words.test.start);
      expect(await screen.findByText(said.signature.word[signature.state])).toBeTruthy();
      const marked = screen.queryByText(words.test.unverified(words.test.person));
      expect(marked !== null).toBe(shown);
      expect(screen.queryByText(said.claims.unverifiedLead) !== null).toBe(shown);
      cleanup();
    }
  });

  it('leads from a sign-in that stopped to its cause', async () => {
    const found = vi.fn();
    answer({
      keptCases: [],
      openSetup: setup,
      signIn: { passed: false, blocked: true, findings: [], timeline: [], attributes: [], sts: '' },
      beginCaseOf: kase(),
    });
    render(Test, {
      setup,
      changed: nothing,
      next: nothing,
      session: nothing,
      found,
      simulate: nothing,
      back: nothing,
    });
    await press(words.test.start);
    await press(said.find);
    await waitFor(() => {
      expect(found).toHaveBeenCalledOnce();
    });
    expect(called('beginCaseOf')).toEqual([['beginCaseOf', 's']]);
  });
});
