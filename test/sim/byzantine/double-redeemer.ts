/** One person with several identities, who uses a link that lets in one for each of them at once, each at another validator. */
import { unwrap } from '../../../src/core/base/result.ts';
import type { LinkRelay } from '../../../src/core/codec/link.ts';
import { linkToCode, parseLink } from '../../../src/core/codec/link-text.ts';
import type { Person } from '../person.ts';
import type { Society } from '../society.ts';

export interface DoubleRedeemer {
  /** The link that lets in one, and another for those who were not it. */
  readonly labels: readonly [string, string];
  readonly identities: readonly Person[];
  readonly validators: readonly string[];
}

/** Each identity's own way in; all begin when the link is there. Settles for each when that one is in. */
export function redeemAtOnce(
  { labels: [once, other], identities, validators }: DoubleRedeemer,
  society: Society,
): readonly Promise<void>[] {
  return identities.map(async (person, i) => {
    await society.letter(once);
    const validator = validators[i % validators.length];
    await person.joinAt(once, (code) => (validator === undefined ? code : through(code, validator)));
    if (person.chain === undefined) await person.join([other]);
  });
}

/** The link as if it knew of this validator alone. */
function through(code: string, validator: string): string {
  const relay: LinkRelay = { peer: validator, addresses: [`/memory/${validator}/p2p/${validator}`] };
  return linkToCode({ ...unwrap(parseLink(code)), relays: [relay] });
}
