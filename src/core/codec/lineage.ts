/** How trust came from a genesis to an epoch: what every proof begins with that is to hold with nothing but the chain's id at hand. */
import { LINEAGE_EPOCHS_MAX } from '../base/limits.ts';
import { leaf } from './block.ts';
import { type Infer, list, named, tuple } from './codec.ts';
import { epochFragment } from './sync-message.ts';

/** Leaf 0, and how each epoch before the one in question ended. */
export const lineage = named('lineage', tuple({ genesis: leaf, epochs: list(epochFragment, LINEAGE_EPOCHS_MAX) }));
export type Lineage = Infer<typeof lineage>;
