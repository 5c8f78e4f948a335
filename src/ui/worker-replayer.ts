/** A replay in a worker of its own: hours of history take minutes, in which the page must stay quick. */
import workerAddress from '../replay-worker.ts?worker&url';
import type { Replayer } from './deep-verification.ts';
import type { FromReplayer, ToReplayer } from './replay-messages.ts';
import { scriptAddress } from './script-address.ts';

export const workerReplayer: Replayer = (chain, heard) => {
  const worker = new Worker(scriptAddress(workerAddress), { type: 'module', name: 'latchkey-replay' });
  const send = (message: ToReplayer) => worker.postMessage(message);
  worker.addEventListener('message', ({ data }: MessageEvent<FromReplayer>) => heard(data));
  worker.addEventListener('error', () => heard({ type: 'failed', code: 'failed' }));
  send({ type: 'start', chain });
  return { pause: () => send({ type: 'pause' }), resume: () => send({ type: 'resume' }), stop: () => worker.terminate() };
};
