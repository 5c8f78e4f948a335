/** The part of the real `App` by which a chain is governed: each command, over the chain that it is about. */

import { toHex } from '../core/base/bytes.ts';
import { ok, RefusalError, type Result, unwrap } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';
import { receiptToUrl } from '../core/codec/receipt.ts';
import { parseCertificate } from '../core/codec/recovery-text.ts';
import type { Chain } from '../node/chain.ts';
import type { ChainIdHex } from './app.ts';
import type { ChangeView, ConsequenceView, DeviceLinkView, OperatorView, StoryView } from './governance-views.ts';
import { changeOf, consequenceView, idOf, operatorOf, storyView } from './governing-view.ts';
import type { ReceiptFile } from './verification-view.ts';

export abstract class GoverningApp {
  /** Where links lead. */
  protected abstract readonly siteUrl: string;
  /** Carries out a command on a chain of this device; refusals come back as results. */
  protected abstract on<T>(id: ChainIdHex, command: (chain: Chain) => Promise<T>): Promise<Result<T>>;

  approve(id: ChainIdHex, item: string, reason: string): Promise<Result<void>> {
    return this.on(id, ({ governance }) => governance.approve(idOf(item), reason));
  }

  reject(id: ChainIdHex, item: string, reason: string): Promise<Result<void>> {
    return this.on(id, ({ governance }) => governance.reject(idOf(item), reason));
  }

  propose(id: ChainIdHex, change: ChangeView, reason: string): Promise<Result<string>> {
    return this.on(id, async ({ governance }) =>
      toHex(await (change.type === 'network-key' ? governance.changeNetworkKey(reason) : governance.propose(changeOf(change), reason))),
    );
  }

  requestRole(id: ChainIdHex, role: Role, operator: OperatorView | undefined): Promise<Result<string>> {
    return this.on(id, async ({ governance }) => toHex(await governance.requestRole(role, operatorOf(operator))));
  }

  letValidate(id: ChainIdHex, wanted: boolean): Promise<Result<void>> {
    return this.on(id, (chain) => chain.letValidate(wanted));
  }

  leave(id: ChainIdHex): Promise<Result<void>> {
    return this.on(id, (chain) => chain.leave());
  }

  consequence(id: ChainIdHex, of: ChangeView | string): Promise<Result<ConsequenceView>> {
    return this.on(id, async ({ governance }) => {
      if (typeof of === 'string') return consequenceView(governance.consequence(idOf(of)));
      // A new network key changes the rules, and nobody's say.
      const change = of.type === 'network-key' ? ({ type: 'rules', rules: governance.rules() } as const) : changeOf(of);
      return consequenceView(governance.consequence(change));
    });
  }

  why(id: ChainIdHex, member: string): Promise<Result<StoryView>> {
    return this.on(id, async ({ governance }) => {
      // Reasons are looked up in the record when somebody first asks: the second answer has them.
      governance.why(idOf(member));
      await governance.reasonsRead();
      const story = governance.why(idOf(member));
      if (story === undefined) throw new RefusalError({ code: 'member-unknown', detail: 'the chain knows no such member' });
      return storyView(story);
    });
  }

  lineage(id: ChainIdHex, invitation: string): Promise<Result<readonly string[]>> {
    return this.on(id, async ({ governance }) => governance.lineage(idOf(invitation)).map(toHex));
  }

  linkDevice(id: ChainIdHex): Promise<Result<DeviceLinkView>> {
    return this.on(id, async ({ devices }) => {
      const { url, expiry } = await devices.link({ siteUrl: this.siteUrl });
      return { link: url, expiresAt: expiry };
    });
  }

  receipt(id: ChainIdHex, member: string): Promise<Result<ReceiptFile>> {
    return this.on(id, async (chain) => {
      const file = await chain.receipt(idOf(member));
      return { file, link: receiptToUrl(file, this.siteUrl) };
    });
  }

  forkProof(id: ChainIdHex): Promise<Result<Uint8Array>> {
    return this.on(id, async (chain) => {
      const fork = chain.fork();
      if (fork === undefined) throw new RefusalError({ code: 'not-available', detail: 'no fork of the chain is known here' });
      return fork.proof;
    });
  }

  /** On a chain that lives it goes into the record as well; on a dead one nobody takes it there, and this device's word counts. */
  seeCertificate(id: ChainIdHex, text: string): Promise<Result<void>> {
    return this.on(id, ({ recovery }) => recovery.submit(unwrap(parseCertificate(text))));
  }

  confirmCertificate(id: ChainIdHex): Promise<Result<void>> {
    return this.on(id, ({ recovery }) => recovery.confirm());
  }

  dismissCertificate(id: ChainIdHex): Promise<Result<void>> {
    return this.on(id, ({ recovery }) => recovery.dismiss());
  }
}

/** A refusal that was thrown, as a result. */
export async function settle<T>(command: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await command());
  } catch (error) {
    if (error instanceof RefusalError) return { ok: false, refusal: { code: error.code, detail: error.message } };
    throw error;
  }
}
