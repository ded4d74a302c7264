/** Every verb, in the order in which `--help` lists them. */

import { activate } from './activate.js';
import { approve } from './approve.js';
import { assess } from './assess.js';
import { breakGlass } from './break-glass.js';
import { checkout } from './checkout.js';
import { doctor } from './doctor.js';
import { gate } from './gate.js';
import { history } from './history.js';
import { hooks } from './hooks.js';
import { init } from './init.js';
import { log } from './log.js';
import { pending } from './pending.js';
import { policy } from './policy.js';
import { record } from './record.js';
import { rollback } from './rollback.js';
import { rollbackTarget } from './rollback-target.js';
import { show } from './show.js';
import { signers } from './signers.js';
import { stage } from './stage.js';
import { stats } from './stats.js';
import { status } from './status.js';
import { tag } from './tag.js';
import { untag } from './untag.js';
import type { Verb } from './verb.js';
import { withdraw } from './withdraw.js';

export const VERBS: readonly Verb[] = [
  init,
  status,
  history,
  stats,
  policy,
  signers,
  hooks,
  doctor,
  record,
  stage,
  activate,
  log,
  show,
  tag,
  untag,
  checkout,
  assess,
  approve,
  withdraw,
  pending,
  gate,
  rollbackTarget,
  rollback,
  breakGlass,
];
