/// <reference lib="webworker" />
/**
 * A worker's composition root: audits one chain of this device's store from its genesis, beside the page and its node. It reads
 * and never writes, so it needs no turn of theirs. What it has seen it keeps, so that it goes on from there.
 */
import { fromHex } from './core/base/bytes.ts';
import { asHash } from './core/base/hash.ts';
import { RefusalError } from './core/base/result.ts';
import { Audit } from './node/auditing.ts';
import { chainSpaceName } from './node/founding.ts';
import { Ledger } from './node/ledger.ts';
import { replaySource } from './node/ledger-replay.ts';
import { webCryptoVerifier } from './node/verifier.ts';
import { dexieStore } from './storage/dexie-store.ts';
import type { FromReplayer, ToReplayer } from './ui/replay-messages.ts';

const page = self as unknown as DedicatedWorkerGlobalScope;
const store = dexieStore();
let audit: Audit | undefined;
/** Held while it is paused. */
let gate: PromiseWithResolvers<void> | undefined;

page.addEventListener('message', ({ data }: MessageEvent<ToReplayer>) => {
  switch (data.type) {
    case 'look':
      void look(data).then(tell, (error: unknown) => tell({ type: 'failed', code: error instanceof RefusalError ? error.code : 'failed' }));
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

async function look({ chain: hex, vouched }: Extract<ToReplayer, { type: 'look' }>): Promise<FromReplayer> {
  const chain = asHash(fromHex(hex) ?? new Uint8Array(0));
  const ledger = chain === undefined ? undefined : await Ledger.open(await store.space(chainSpaceName(chain)));
  if (ledger === undefined) return { type: 'failed', code: 'unknown-chain' };
  audit ??= new Audit(webCryptoVerifier(), vouched);
  const report = await audit.look(replaySource(ledger), {
    signal: new AbortController().signal,
    onProgress: (progress) => tell({ type: 'progress', ...progress }),
    mayGoOn: () => gate?.promise ?? Promise.resolve(),
  });
  return { type: 'seen', report };
}
