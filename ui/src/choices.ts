// What Goal offers, by the house that the identity provider is of.
import type { Choice, Choices, IdpChoice } from './ipc';

export type House = 'entra' | 'okta' | 'ping' | 'other';

export interface Family {
  house: House;
  idps: IdpChoice[];
  unavailable: Choice[];
}

const houses: readonly House[] = ['entra', 'okta', 'ping', 'other'];
const houseOf = (id: string): House => houses.find((house) => id.startsWith(house)) ?? 'other';

/** The choices in one order of houses, each with what cannot be chosen; none is lost, none is empty. */
export function families(choices: Pick<Choices, 'idps' | 'unavailable'>): Family[] {
  return houses
    .map((house) => ({
      house,
      idps: choices.idps.filter((idp) => houseOf(idp.id) === house),
      unavailable: choices.unavailable.filter((idp) => houseOf(idp.id) === house),
    }))
    .filter((family) => family.idps.length + family.unavailable.length > 0);
}
