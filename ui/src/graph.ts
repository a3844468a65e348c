// Where the steps of a plan stand in its drawing: each in the column after the last step that it waits
// for, as near to what it waits for as there is room.

/** A step, as far as its place goes. */
export interface Node {
  address: string;
  after: string[];
}
/** Measures, in the drawing's own units. */
export interface Size {
  width: number;
  height: number;
  /** Between two columns. */
  gap: number;
  /** Between two boxes of a column. */
  between: number;
  /** What a line that passes a column takes of it. */
  lane: number;
}
export interface Box {
  x: number;
  y: number;
}
export type Point = [x: number, y: number];
export interface Drawn {
  boxes: Map<string, Box>;
  lines: { from: string; to: string; points: Point[] }[];
  width: number;
  height: number;
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

/**
 * The drawing: boxes in columns from the left, and for every wait the points of its line. A line that
 * passes columns has a lane of its own in each, so that it never runs behind a box.
 */
export function draw(nodes: readonly Node[], size: Size): Drawn {
  const edges = waits(nodes);
  const column = new Map<string, number>();
  // A plan is in an order in which nothing stands before what it waits for.
  for (const { address } of nodes) {
    const before = edges.filter(([, to]) => to === address).map(([from]) => column.get(from) ?? 0);
    column.set(address, Math.max(-1, ...before) + 1);
  }
  const last = Math.max(-1, ...column.values());
  const middles = new Map<string, number>();
  const boxes = new Map<string, Box>();
  for (let at = 0; at <= last; at += 1) {
    const x = at * (size.width + size.gap);
    const here = nodes
      .filter(({ address }) => column.get(address) === at)
      .map(({ address }) => ({
        key: address,
        tall: size.height,
        from: edges.filter(([, to]) => to === address).map(([from]) => lane(from, address, at - 1)),
      }));
    const passing = edges
      .filter(([from, to]) => (column.get(from) ?? 0) < at && (column.get(to) ?? 0) > at)
      .map(([from, to]) => ({
        key: lane(from, to, at),
        tall: size.lane,
        from: [lane(from, to, at - 1)],
      }));
    let top = -Infinity;
    const placed = [...here, ...passing]
      .map((item) => ({ ...item, wanted: mean(item.from.map((key) => middles.get(key) ?? 0)) }))
      // Equal ones stay in the order of the plan.
      .sort((a, b) => a.wanted - b.wanted)
      .map((item) => {
        // As straight on as what stands above leaves room for.
        const y = Math.max(top, item.wanted - item.tall / 2);
        top = y + item.tall + size.between;
        return { ...item, y };
      });
    // What was pushed down to make room is shared by the whole column.
    const up = mean(placed.map(({ y, tall, wanted }) => y + tall / 2 - wanted));
    for (const { key, tall, y } of placed) {
      middles.set(key, y - up + tall / 2);
      if (tall === size.height) boxes.set(key, { x, y: y - up });
    }
  }
  if (boxes.size === 0) return { boxes, lines: [], width: 0, height: 0 };
  const tops = [...boxes.values()].map(({ y }) => y);
  const all = [...middles.values()];
  const [above, below] = [
    Math.min(...tops, ...all),
    Math.max(...tops.map((y) => y + size.height), ...all),
  ];
  for (const box of boxes.values()) box.y -= above;
  const lines = edges.map(([from, to]) => {
    const [first, end] = [column.get(from) ?? 0, column.get(to) ?? 0];
    const points: Point[] = [];
    for (let at = first; at <= end; at += 1) {
      const x = at * (size.width + size.gap);
      const y = (middles.get(at === end ? to : lane(from, to, at)) ?? 0) - above;
      if (at > first) points.push([x, y]);
      if (at < end) points.push([x + size.width, y]);
    }
    return { from, to, points };
  });
  return {
    boxes,
    lines,
    width: last * (size.width + size.gap) + size.width,
    height: below - above,
  };

  // Where a wait passes a column: at the box that it begins at, or in its lane.
  function lane(from: string, to: string, at: number): string {
    return column.get(from) === at ? from : `${from} ${to} ${String(at)}`;
  }
}

const mean = (all: readonly number[]) =>
  all.length === 0 ? 0 : all.reduce((a, b) => a + b, 0) / all.length;

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
