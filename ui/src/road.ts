/** How a change on AWS's side is made from the diagnosis: by the set-up's plan, after taking over, or by hand. */
export type AwsRoad = { kind: 'plan' | 'take-over'; go: () => void } | { kind: 'by-hand' };
