/** The app of a page that came by plain http: browsers give it neither keys nor locks, and it says so. */
import { refuse } from '../core/base/result.ts';
import type { App, AppView } from './app.ts';

const VIEW: AppView = { phase: 'failed', problem: 'page-insecure', chains: [], relays: [], recovery: 'none' };

/** Refuses everything; its view tells the person what to do. */
export function insecureApp(): App {
  const refusal = async () => refuse('not-available', 'the page is no secure context');
  const nothing = () => () => {};
  return {
    view: VIEW,
    subscribe: nothing,
    watchChain: nothing,
    createChain: refusal,
    newRecoveryKey: refusal,
    openInvitation: refusal,
    openRequest: refusal,
    async *join() {
      yield { type: 'refused', ...(await refusal()).refusal, elapsedMs: 0 };
    },
    append: refusal,
    dismissEntry: refusal,
    erase: refusal,
    loadEntries: refusal,
    invite: refusal,
    revoke: refusal,
    addRelay: refusal,
    recoveryPhrase: refusal,
    confirmRecoveryPhrase: refusal,
    forgetJoin: refusal,
    recover: refusal,
    approve: refusal,
    reject: refusal,
    propose: refusal,
    requestRole: refusal,
    letValidate: refusal,
    leave: refusal,
    consequence: refusal,
    why: refusal,
    lineage: refusal,
    linkDevice: refusal,
    backup: refusal,
    restore: refusal,
    pauseVerification: refusal,
    receipt: refusal,
    forkProof: refusal,
    seeCertificate: refusal,
    confirmCertificate: refusal,
    dismissCertificate: refusal,
    readLog: refusal,
    proveLogged: refusal,
    listLogFiles: refusal,
    readLogFiles: refusal,
    auditAgain: refusal,
  };
}
