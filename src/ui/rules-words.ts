/** Two sets of rules side by side, in the words of `core/policy/words.ts`. */
import type { Rules } from '../core/codec/rules.ts';
import { rulesLines } from '../core/policy/words.ts';

export interface RuleDifference {
  readonly about: string;
  readonly was: string;
  readonly becomes: string;
}

/** Lines that differ between two sets of rules, for whoever decides about the change. */
export function rulesDifferences(before: Rules, after: Rules, federation: number): readonly RuleDifference[] {
  const old = new Map(rulesLines(before, federation).map(({ about, holds }) => [about, holds]));
  const said = rulesLines(after, federation)
    .map(({ about, holds }) => ({ about, was: old.get(about) ?? 'Nothing.', becomes: holds }))
    .filter(({ was, becomes }) => was !== becomes);
  const sameWords = said.every(({ about }) => about !== NETWORK_KEY);
  return sameWords && keysOf(before) !== keysOf(after)
    ? [...said, { about: NETWORK_KEY, was: 'The present one.', becomes: 'A new one; members are given it.' }]
    : said;
}

/** As the lines name it: its words say only whether there is one. */
const NETWORK_KEY = 'Network key';

const keysOf = ({ networkKeyHashes }: Rules): string => networkKeyHashes.map(String).join(' ');
