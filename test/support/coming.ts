/** Somebody on the way into a chain, in a story: what is seen, and how it ends. */
import { RefusalError } from '../../src/core/base/result.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import type { JoinStage } from '../../src/node/joins.ts';
import type { Device } from './device.ts';

/** What somebody sees while coming in, and how it ends. */
export class Coming {
  readonly seen: JoinStage[] = [];
  readonly #stop = new AbortController();
  readonly #over: Promise<string>;
  #woken: () => void = () => undefined;

  constructor(start: (signal: AbortSignal) => AsyncIterable<JoinStage>) {
    this.#over = this.#run(start(this.#stop.signal));
  }

  async #run(stages: AsyncIterable<JoinStage>): Promise<string> {
    try {
      for await (const stage of stages) {
        this.seen.push(stage);
        this.#woken();
      }
      return 'joined';
    } catch (error) {
      return error instanceof RefusalError ? error.code : String(error);
    } finally {
      this.#woken();
    }
  }

  get stages(): readonly string[] {
    return this.seen.flatMap((one) => (one.type === 'stage' ? [one.stage] : []));
  }

  /** The last word about the request. */
  get waiting() {
    return this.seen.findLast((one) => one.type === 'waiting')?.request;
  }

  over(): Promise<string> {
    return this.#over;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
  }
}

export function joining(device: Device, link: InvitationLink): Coming {
  return new Coming((signal) => device.latchkey.join(link, { name: device.name, signal }));
}

export function knocking(device: Device, link: InvitationLink): Coming {
  return new Coming((signal) => device.latchkey.knock(link, { name: device.name, role: 'writer', signal }));
}
