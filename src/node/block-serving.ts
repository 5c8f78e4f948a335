/** Answers whoever lacks a block that is not final: with its head, or with the parts that it asks for. */
import { toHex } from '../core/base/bytes.ts';
import type { Candidates } from './candidates.ts';
import type { MessageOf } from './gossip.ts';
import type { Session } from './ports.ts';
import type { ValidatorPeers } from './validator-peers.ts';

/**
 * Sends what we hold of the block. Of one that is not among the candidates our tip tells, whether its head is lacking or a part:
 * it may be final, and then whoever hears of the tip takes all of it from anybody's ledger.
 */
export function serveBlock(candidates: Candidates, peers: ValidatorPeers, session: Session, { block, ids }: MessageOf<'ask-block'>): void {
  const candidate = candidates.get(block);
  if (candidate === undefined) return peers.tellTip(session);
  if (ids.length === 0) return peers.send({ type: 'block-head', header: candidate.header, ids: candidate.ids }, session);
  const wanted = new Set(ids.map(toHex));
  const parts = candidate.parts.flatMap((part) => (part !== undefined && wanted.has(toHex(part.transaction.id)) ? [part] : []));
  peers.sendParts(block, parts, session);
}
