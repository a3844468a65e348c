import { describe, expect, it } from 'vitest';
import { draw, lines, waits, type Node } from './graph';

const size = { width: 90, height: 40, gap: 20, between: 10, lane: 2 };
const plan = (text: string): Node[] =>
  text.split(' ').map((one) => {
    const [address = '', after = ''] = one.split('<');
    return { address, after: after === '' ? [] : after.split(',') };
  });
// As the plan of OpenID Connect with everything chosen.
const big = plan(
  'provider client<provider service servicepolicy<service app<provider,service,servicepolicy,client secret secretrole<app secretpolicy<secretrole,secret role<provider policy<app attach<role,policy web<app,secret,secretrole,role,secretpolicy index<app retriever<app,index auto<app,attach,web',
);

describe('the waits', () => {
  it.each<[string, string[]]>([
    ['a b<a c<b,a', ['a b', 'b c']],
    ['a b<a c<a d<b,c,a', ['a b', 'a c', 'b d', 'c d']],
    ['a<elsewhere', []],
    ['a b<a,a', ['a b']],
    ['a<a', []],
  ])('of %s say nothing twice', (text, expected) => {
    expect(waits(plan(text)).map((edge) => edge.join(' '))).toEqual(expected);
  });
});

describe('the drawing', () => {
  it('is empty for no plan', () => {
    expect(draw([], size)).toMatchObject({ width: 0, height: 0, lines: [] });
  });

  it.each([['a b<a c<b d<a,c e<a'], [big.map((n) => `${n.address}<${n.after.join()}`).join(' ')]])(
    'keeps boxes apart, inside, and free of lines: %s',
    (text) => {
      const drawn = draw(plan(text), size);
      const boxes = [...drawn.boxes];
      expect(boxes).toHaveLength(plan(text).length);
      for (const [, box] of boxes) {
        expect(box.y).toBeGreaterThanOrEqual(-1e-9);
        expect(box.y + size.height).toBeLessThanOrEqual(drawn.height + 1e-9);
        expect(box.x + size.width).toBeLessThanOrEqual(drawn.width);
      }
      for (const [one, a] of boxes)
        for (const [other, b] of boxes)
          if (one !== other && a.x === b.x)
            expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(size.height + size.between - 1e-9);
      // Inside a column a line is level: from the point that enters it to the one that leaves it.
      for (const { points } of drawn.lines)
        for (let i = 1; i + 1 < points.length; i += 2) {
          const [x, y] = points[i] ?? [0, 0];
          expect(points[i + 1]).toEqual([x + size.width, y]);
          for (const [, box] of boxes)
            if (box.x === x) expect(y < box.y || y > box.y + size.height).toBe(true);
        }
    },
  );

  it('begins and ends every line at its boxes', () => {
    const drawn = draw(big, size);
    for (const { from, to, points } of drawn.lines) {
      const [a, b] = [drawn.boxes.get(from), drawn.boxes.get(to)];
      expect(points[0]).toEqual([(a?.x ?? 0) + size.width, (a?.y ?? 0) + size.height / 2]);
      expect(points.at(-1)).toEqual([b?.x, (b?.y ?? 0) + size.height / 2]);
    }
  });
});

it.each<[string, string[]]>([
  ['Index', ['Index']],
  ['Permissions of the service role', ['Permissions', 'of the', 'service role']],
  ['Automatic subscription', ['Automatic', 'subscription']],
  ['Unbreakablelongword', ['Unbreakablelongword']],
])('%s is written in lines', (label, expected) => {
  expect(lines(label, 13)).toEqual(expected);
});
