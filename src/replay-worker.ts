/// <reference lib="webworker" />
/**
 * A worker's composition root: replays one chain of this device's store from its genesis, beside the page and its node. It
 * reads and never writes, so it needs no turn of theirs.
 */
import { fromHex, toHex } from './core/base/bytes.ts';
import { asHash } from './core/base/hash.ts';
import { RefusalError } from './core/base/result.ts';
import { chainSpaceName } from './node/founding.ts';
import { Ledger } from './node/ledger.ts';
import { replaySource } from './node/ledger-replay.ts';
import { replayChain } from './node/replaying.ts';
import { webCryptoVerifier } from './node/verifier.ts';
import { dexieStore } from './storage/dexie-store.ts';
import type { FromReplayer, ToReplayer } from './ui/replay-messages.ts';

const page = self as unknown as DedicatedWorkerGlobalScope;
/** Held while it is paused. */
let gate: PromiseWithResolvers<void> | undefined;

page.addEventListener('message', ({ data }: MessageEvent<ToReplayer>) => {
  switch (data.type) {
    case 'start':
      void replay(data.chain).then(tell, (error: unknown) =>
        tell({ type: 'failed', code: error instanceof RefusalError ? error.code : 'failed' }),
      );
      break;
    case 'pause':
      gate ??= Promise.withResolvers();
      break;
    case 'resume':
      gate?.resolve();
      gate = undefined;
      break;
  }
});

function tell(event: FromReplayer): void {
  page.postMessage(event);
}

async function replay(hex: string): Promise<FromReplayer> {
  const chain = asHash(fromHex(hex) ?? new Uint8Array(0));
  const ledger = chain === undefined ? undefined : await Ledger.open(await dexieStore().space(chainSpaceName(chain)));
  if (ledger === undefined) return { type: 'failed', code: 'unknown-chain' };
  const done = await replayChain(replaySource(ledger), {
    verifier: webCryptoVerifier(),
    signal: new AbortController().signal,
    onProgress: ({ leaves, leavesInAll }) => tell({ type: 'progress', done: leaves, total: leavesInAll }),
    mayGoOn: () => gate?.promise ?? Promise.resolve(),
  });
  if (!done.ok) return { type: 'wrong', height: done.fault.height, ...done.fault.refusal };
  const { header, id } = done.value.point;
  return { type: 'right', height: header.height, block: toHex(id) };
}
