// Where the steps of a plan stand in its drawing: each in the column after the last step that it waits
// for, in the line that is nearest to what it waits for.

/** A step, as far as its place goes. */
export interface Node {
  address: string;
  after: string[];
}
/** Column and line, from 0. */
export interface Place {
  column: number;
  line: number;
}

/** The waits that are not implied by others: of a → b → c and a → c, the last says nothing new. */
export function waits(nodes: readonly Node[]): [from: string, to: string][] {
  const reach = new Map<string, Set<string>>();
  for (const node of nodes) {
    const all = new Set<string>();
    for (const before of node.after) {
      const farther = reach.get(before);
      if (!farther) continue;
      all.add(before);
      for (const one of farther) all.add(one);
    }
    reach.set(node.address, all);
  }
  return nodes.flatMap((node) => {
    const known = node.after.filter((before) => reach.has(before) && before !== node.address);
    const needed = known.filter(
      (before) => !known.some((other) => other !== before && reach.get(other)?.has(before)),
    );
    return [...new Set(needed)].map((before): [string, string] => [before, node.address]);
  });
}

/** The place of every step; a plan is in an order in which nothing stands before what it waits for. */
export function places(nodes: readonly Node[]): Map<string, Place> {
  const edges = waits(nodes);
  const before = (address: string) =>
    edges.filter(([, to]) => to === address).map(([from]) => from);
  const column = new Map<string, number>();
  for (const { address } of nodes)
    column.set(address, Math.max(-1, ...before(address).map((from) => column.get(from) ?? -1)) + 1);
  const found = new Map<string, Place>();
  for (let at = 0; at <= Math.max(-1, ...column.values()); at += 1) {
    const here = nodes.filter((node) => column.get(node.address) === at);
    const middle = (address: string) => {
      const lines = before(address).map((from) => found.get(from)?.line ?? 0);
      return lines.length === 0 ? 0 : lines.reduce((a, b) => a + b, 0) / lines.length;
    };
    here
      .map(({ address }) => ({ address, wanted: middle(address) }))
      // Equal ones stay in the order of the plan.
      .sort((a, b) => a.wanted - b.wanted)
      .forEach(({ address }, line) => found.set(address, { column: at, line }));
  }
  return found;
}

/** A label in lines of at most `most` characters, where its words allow it. */
export function lines(label: string, most: number): string[] {
  const all: string[] = [];
  for (const word of label.split(' ')) {
    const last = all.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      all[all.length - 1] = `${last} ${word}`;
    else all.push(word);
  }
  return all;
}
