/** Sessions without a network: what one asks, another's ledger answers, frame by frame. */

import { utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { type PublicKey, publicKeyOf } from '../../src/core/base/key.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import type { AccessLevel, Session } from '../../src/node/ports.ts';
import { serveSync } from '../../src/node/sync-server.ts';

let sessions = 0;

export interface FakeSessionOptions {
  readonly peer?: string;
  readonly access?: AccessLevel;
  /** What we let the peer do; a member's unless said. */
  readonly level?: AccessLevel;
  readonly nodeKey?: PublicKey;
  /** Changes what the peer sends; the frames of one answer, in order. */
  tamper?(frames: AsyncIterable<Uint8Array>, request: Uint8Array): AsyncIterable<Uint8Array>;
}

/** A session with a node that holds this ledger. `asked` counts the requests it got. */
export function sessionWith(ledger: Ledger, options: FakeSessionOptions = {}): Session & { asked: number; open: number } {
  sessions += 1;
  const peer = options.peer ?? `peer-${sessions}`;
  const nodeKey: PublicKey = options.nodeKey ?? publicKeyOf(plainSha256(utf8(peer)));
  const access = options.access ?? 'member';
  const session = {
    id: sessions,
    peer,
    nodeKey,
    claimedRoles: [],
    ownTipAtStart: { height: 0, block: ledger.chain },
    tipAtStart: { height: ledger.tip.header.height, block: ledger.tip.id },
    access: options.level ?? ('member' as const),
    grantedAccess: access,
    path: 'direct' as const,
    asked: 0,
    open: 0,
    setAccess: () => undefined,
    giveNetworkKey: () => undefined,
    send: () => undefined,
    ping: async () => 1,
    close: () => undefined,
    async *requestReceipt(): AsyncGenerator<Uint8Array> {},
    async *request(request: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      session.asked += 1;
      session.open += 1;
      try {
        const frames = serveSync(ledger, access, request, signal);
        yield* options.tamper?.(frames, request) ?? frames;
      } finally {
        session.open -= 1;
      }
    },
  };
  return session;
}

/** All frames of an answer. */
export async function framesOf(answer: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for await (const frame of answer) frames.push(frame);
  return frames;
}
