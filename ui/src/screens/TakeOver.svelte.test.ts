import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { answer, called, forget, nothing, plan, press, setup } from '../screens.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: TakeOver } = await import('./TakeOver.svelte');

afterEach(() => {
  cleanup();
  forget();
});

const said = words.takeOver;
const draft = { practice: true, idp: 'x', profile: null, region: 'us-east-1', aws_first: false };
const examined = {
  name: 'q-demo',
  idp: 'Okta',
  in_order: true,
  found: [],
  remarks: [],
  plan: plan(),
};

it('takes over what was examined, and comes back to what was listed', async () => {
  const taken = vi.fn();
  answer({
    choices: { regions: ['us-east-1'] },
    applications: [
      { id: 'a-1', name: 'q-demo', status: 'ACTIVE' },
      { id: 'a-2', name: 'q-other', status: 'ACTIVE' },
    ],
    examineApplication: examined,
    takeOver: setup,
  });
  render(TakeOver, { draft, taken, back: nothing });
  await press(said.list);
  await fireEvent.click(await screen.findByLabelText(/q-demo/));
  await press(said.examine);
  await screen.findByText(said.inOrder('q-demo'));
  await press(said.other);
  await fireEvent.click(await screen.findByLabelText(/q-other/));
  await press(said.examine);
  await press(said.next);
  await waitFor(() => {
    expect(taken).toHaveBeenCalledOnce();
  });
  expect(called('takeOver')).toEqual([['takeOver', draft, 'a-2']]);
});
