/** What a control has to carry for its label, its fault and its hint to be heard with it. */
export interface Aria {
  id: string;
  disabled: boolean;
  'aria-describedby': string | undefined;
  'aria-invalid': 'true' | undefined;
}
