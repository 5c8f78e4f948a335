/** What a backup of this device says, and the way back to a chain that it names. */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BACKUP_CHAINS_MAX, INVITE_SEED_BYTES } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { Backup, BackupChain } from '../core/codec/backup.ts';
import { fitLink, type InvitationLink } from '../core/codec/link.ts';
import type { Chain } from './chain.ts';
import { readOwn, STANDING } from './own-row.ts';
import type { Random } from './ports.ts';
import type { Recovery } from './recovery.ts';
import type { NextKeys } from './recovery-phrase.ts';

/** What became of one chain of a backup. */
export interface Restored {
  readonly chain: Hash;
  readonly chainName: string;
  /** Why this device is not its member's again; `undefined`: it is. */
  readonly refused: RefusalCode | undefined;
}

/** Chains of which this device is a member, and the public halves of its phrase. */
export async function backupOf(chains: readonly Chain[], recovery: Recovery, made: number): Promise<Backup> {
  const { publicKeys, taken } = await recovery.publicHalves();
  const found = await Promise.all(chains.map(backupChainOf));
  const own = found.filter((chain) => chain !== undefined).slice(0, BACKUP_CHAINS_MAX);
  return { version: 1, made, nextKeys: publicKeys, nextIndex: taken, chains: own };
}

async function backupChainOf(chain: Chain): Promise<BackupChain | undefined> {
  const own = await readOwn(chain.node.ledger.space);
  if (own?.standing !== STANDING.member || chain.you()?.left !== false) return undefined;
  const { chainName, inviter: yourName, anchor, relays } = fitLink({ ...chain.linkPlace(), ...NOBODY });
  const networkKeys = chain.node.networkKeys();
  return { chain: chain.id, chainName, yourName, anchor, relays, networkKeys, nextKeyIndex: own.nextKeyIndex };
}

/** What a link says beside where its chain is, of no meaning to who comes by a next key. */
const NOBODY = { role: 'observer', reusable: false, shared: true, seed: new Uint8Array(INVITE_SEED_BYTES) } as const;

/** A link that invites nobody, and leads to the chain all the same. */
export function wayBack(random: Random, { chain, chainName, yourName, anchor, relays, networkKeys }: BackupChain): InvitationLink {
  const seed = random.bytes(INVITE_SEED_BYTES);
  return { ...NOBODY, seed, chain, chainName, inviter: yourName, anchor, relays, networkKey: networkKeys[0] };
}

/** Whether the words are those whose public halves the backup holds. */
export function isPhraseOf({ nextKeys }: Backup, { publicKeys }: NextKeys): boolean {
  return nextKeys.length === publicKeys.length && nextKeys.every((key, i) => equal(key, publicKeys[i] ?? key.subarray(1)));
}
