/**
 * Latchkey as a library: open a device's node over your own ports, create chains, invite, join, write, read, govern.
 *
 * `openInMemory` (from `latchkey/memory`) needs no ports at all and is where to begin.
 */
export type { Hash } from './core/base/hash.ts';
export { type RefusalCode, RefusalError, type Result } from './core/base/result.ts';
export type { Change, ChangeKind } from './core/codec/governance.ts';
export type { InvitationLink } from './core/codec/link.ts';
export { isDeviceLinkText, linkToCode, linkToJson, linkToUrl, parseLink as openInvitation } from './core/codec/link-text.ts';
export type { Operator } from './core/codec/operator.ts';
export type { Role } from './core/codec/primitives.ts';
export { parseRequestLink, type RequestLink } from './core/codec/request-link.ts';
export type { RoleRule, Rule, Rules } from './core/codec/rules.ts';
export type { Template } from './core/policy/templates.ts';
export type { RuleLine } from './core/policy/words.ts';
export type { Restored } from './node/backing-up.ts';
export {
  Chain,
  type Entry,
  type ErasureInfo,
  type InvitationInfo,
  type MemberInfo,
  type NewInvitation,
  type PeerInfo,
  type PendingAction,
  textOf,
} from './node/chain.ts';
export type { ChainLog, CheckpointInfo, ContradictionInfo, CosignerInfo } from './node/chain-log.ts';
export type { ChainEvent } from './node/chain-node.ts';
export type { ChainRecovery, RecoveryInfo } from './node/chain-recovery.ts';
export type { DeviceInfo, DeviceLinkInfo, Devices, NewDeviceLink } from './node/devices.ts';
export type { Governance } from './node/governance.ts';
export type {
  AdmissionStory,
  Balance,
  Consequence,
  DecisionInfo,
  KnockInfo,
  ProposalInfo,
  RequestInfo,
  RoleGained,
} from './node/governance-info.ts';
export type { JoinStage, PendingJoin } from './node/joins.ts';
export { type JoinOptions, Latchkey, type NewChain, type RecoverOptions, type RestoreOptions } from './node/latchkey.ts';
export type { LatchkeyPorts } from './node/latchkey-ports.ts';
export type { Clock, KeyStore, Network, Random, Signer, Store, Verifier } from './node/ports.ts';
export { recoveryCertificateOf, signRecoveryPlan } from './node/recovering.ts';
export { newRecoveryKeys, recoveryKeyOf } from './node/recovery-key.ts';
export type { AwardInfo, RelayInfo, RelayWork } from './node/relay-work.ts';
export { webCryptoSeedSigner } from './node/seed-signer.ts';
export type { Standing } from './node/standing.ts';
export { systemClock, systemRandom } from './node/system-ports.ts';
export type { ValidatorInfo, ValidatorsInfo } from './node/validators-info.ts';
export { webCryptoVerifier } from './node/verifier.ts';
export type { RequestProgress } from './node/waiting.ts';
