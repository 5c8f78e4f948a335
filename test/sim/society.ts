/** What the people of a run share: the chain they are on, the links they send each other, what they wrote and were told. */
import type { Hash } from '../../src/core/base/hash.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import type { Clock } from '../../src/node/ports.ts';

/** An invitation that somebody will make. */
export interface InvitationPlan {
  readonly label: string;
  readonly role: 'writer' | 'observer';
  /** 0 is unlimited. */
  readonly uses: number;
  readonly shared: boolean;
  readonly lifeMs: number;
  /** Revoked so long after its link went out; `undefined`: never. */
  readonly revokedAfterMs: number | undefined;
}

/** What became of somebody's wish to join by a link. */
export interface Attempt {
  readonly person: string;
  readonly label: string;
  readonly outcome: 'joined' | RefusalCode;
}

/** A link under way; `undefined` where there will be none. */
type Letter = string | undefined;

export class Society {
  readonly #clock: Clock;
  readonly #letters = new Map<string, Letter>();
  /** Entries by their text: whether whoever wrote it was told that it is durable. */
  readonly entries = new Map<string, { readonly author: string; acknowledged: boolean }>();
  readonly attempts: Attempt[] = [];
  /** Invitations by label, as far as they were made. */
  readonly invitations = new Map<string, { readonly id: Hash; readonly plan: InvitationPlan }>();
  /** Who left the chain for good. */
  readonly left = new Set<string>();
  chain: Hash | undefined;
  /** Nobody begins anything new any more. */
  quiet = false;
  /** Nobody does anything any more. */
  over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.schedule(delayMs, resolve);
    });
  }

  send(label: string, code: Letter): void {
    this.#letters.set(label, code);
  }

  hasSent(label: string): boolean {
    return this.#letters.has(label);
  }

  /** The text of a link, once it has come. */
  async letter(label: string): Promise<Letter> {
    while (!this.#letters.has(label)) await this.pause(250);
    return this.#letters.get(label);
  }
}
