export interface Part {
  text: string;
  same: boolean;
}

// Splits two texts into common head, differing middle and common tail: the smallest span in which
// they differ, which is what a person has to change.
export function difference(a: string, b: string): [Part[], Part[]] {
  const left = Array.from(a);
  const right = Array.from(b);
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail++;
  const parts = (all: string[]): Part[] =>
    [
      { text: all.slice(0, head).join(''), same: true },
      { text: visible(all.slice(head, all.length - tail).join('')), same: false },
      { text: all.slice(all.length - tail).join(''), same: true },
    ].filter((part) => part.text !== '');
  return [parts(left), parts(right)];
}

// Characters that nobody sees get a form that everybody sees.
function visible(text: string): string {
  return text
    .replace(/[ \u00a0]/g, '␣')
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '◌')
    .replace(/\n/g, '↵');
}
