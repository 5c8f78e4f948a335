/** A replay in a worker of its own: hours of history take minutes, in which the page must stay quick. */

import { toHex } from '../core/base/bytes.ts';
import { RefusalError } from '../core/base/result.ts';
import { abortError } from '../node/abort.ts';
import type { Auditor, AuditReport, LookOptions, Vouched } from '../node/auditing.ts';
import workerAddress from '../replay-worker.ts?worker&url';
import type { ChainIdHex } from './app.ts';
import type { Replayer, ReplayHandle } from './deep-verification.ts';
import type { FromReplayer, ToReplayer } from './replay-messages.ts';
import { scriptAddress } from './script-address.ts';

interface ReplayWorker extends ReplayHandle {
  look(): void;
}

function startWorker(chain: ChainIdHex, vouched: readonly Vouched[], heard: (event: FromReplayer) => void): ReplayWorker {
  const worker = new Worker(scriptAddress(workerAddress), { type: 'module', name: 'latchkey-replay' });
  const send = (message: ToReplayer) => worker.postMessage(message);
  worker.addEventListener('message', ({ data }: MessageEvent<FromReplayer>) => heard(data));
  worker.addEventListener('error', () => heard({ type: 'failed', code: 'failed' }));
  return {
    look: () => send({ type: 'look', chain, vouched }),
    pause: () => send({ type: 'pause' }),
    resume: () => send({ type: 'resume' }),
    stop: () => worker.terminate(),
  };
}

/** For a person who reads: one look. */
export const workerReplayer: Replayer = (chain, heard) => {
  const worker = startWorker(chain, [], heard);
  worker.look();
  return worker;
};

/** For an auditor, who looks again and again: the worker lives until a look is called off, and goes on where it ended. */
export const workerAuditor: Auditor = (chain, vouched) => new AuditInWorker(toHex(chain), vouched);

/** One look at a time, as its node asks for them. */
class AuditInWorker implements ReturnType<Auditor> {
  readonly #chain: ChainIdHex;
  readonly #vouched: readonly Vouched[];
  /** Under which looks were asked for: whoever calls them off has no use for the worker any more, also between two of them. */
  readonly #signals = new WeakSet<AbortSignal>();
  #worker: ReplayWorker | undefined;
  #heard: (event: FromReplayer) => void = () => undefined;
  #calledOff: (signal: AbortSignal) => void = () => undefined;

  constructor(chain: ChainIdHex, vouched: readonly Vouched[]) {
    this.#chain = chain;
    this.#vouched = vouched;
  }

  async look(_: unknown, { signal, onProgress }: LookOptions): Promise<AuditReport> {
    if (signal.aborted) throw abortError(signal);
    const { promise, resolve, reject } = Promise.withResolvers<AuditReport>();
    this.#heard = (event) => {
      if (event.type === 'seen') resolve(event.report);
      else if (event.type === 'failed') {
        // One that did not load would never answer: the next look has another.
        this.#endWorker();
        reject(new RefusalError({ code: event.code, detail: 'the worker could not replay the copy' }));
      } else onProgress?.(event);
    };
    this.#calledOff = (by) => reject(abortError(by));
    this.#endWith(signal);
    this.#worker ??= startWorker(this.#chain, this.#vouched, (event) => this.#heard(event));
    this.#worker.look();
    return promise;
  }

  #endWith(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    const end = () => {
      this.#endWorker();
      this.#calledOff(signal);
    };
    signal.addEventListener('abort', end, { once: true });
  }

  #endWorker(): void {
    this.#worker?.stop();
    this.#worker = undefined;
  }
}
