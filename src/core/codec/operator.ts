/** Operator information: typed facts that infrastructure roles give about themselves (DESIGN §5). */
import { bytes, type Infer, named, tuple, uint } from './codec.ts';

export const operator = named(
  'operator',
  tuple({ operatorId: bytes(64), region: uint(65_535), kbps: uint(), software: uint(), checklist: uint() }),
);
export type Operator = Infer<typeof operator>;
