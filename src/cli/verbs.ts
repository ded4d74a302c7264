/** Every verb, in the order in which `--help` lists them. */

import { activate } from './activate.js';
import { approve } from './approve.js';
import { assess } from './assess.js';
import { audit } from './audit.js';
import { breakGlass } from './break-glass.js';
import { capabilities } from './capabilities.js';
import { checkout } from './checkout.js';
import { checkpoint } from './checkpoint.js';
import { clock } from './clock.js';
import { clone } from './clone.js';
import { completion } from './completion.js';
import { diff } from './diff.js';
import { doctor } from './doctor.js';
import { fetch } from './fetch.js';
import { gate } from './gate.js';
import { history } from './history.js';
import { hooks } from './hooks.js';
import { importReleases } from './import/import.js';
import { init } from './init.js';
import { log } from './log.js';
import { mcp } from './mcp.js';
import { outcome } from './outcome.js';
import { pending } from './pending.js';
import { pin } from './pin.js';
import { policy } from './policy.js';
import { pull } from './pull.js';
import { push } from './push.js';
import { receive } from './receive.js';
import { record } from './record.js';
import { redact } from './redact.js';
import { remote } from './remote.js';
import { report } from './report.js';
import { rollback } from './rollback.js';
import { rollbackTarget } from './rollback-target.js';
import { serve } from './serve.js';
import { show } from './show.js';
import { signers } from './signers.js';
import { stage } from './stage.js';
import { stats } from './stats.js';
import { status } from './status.js';
import { sync } from './sync.js';
import { tag } from './tag.js';
import { ui } from './ui.js';
import { untag } from './untag.js';
import { upgrade } from './upgrade.js';
import type { Verb } from './verb.js';
import { webhook } from './webhook.js';
import { why } from './why.js';
import { withdraw } from './withdraw.js';
import { witness } from './witness.js';

export const VERBS: readonly Verb[] = [
  init,
  status,
  history,
  stats,
  policy,
  signers,
  upgrade,
  clock,
  redact,
  hooks,
  ui,
  report,
  webhook,
  mcp,
  doctor,
  completion,
  clone,
  fetch,
  serve,
  remote,
  pull,
  push,
  sync,
  record,
  stage,
  importReleases,
  activate,
  log,
  show,
  diff,
  tag,
  untag,
  checkout,
  assess,
  capabilities,
  approve,
  withdraw,
  pending,
  gate,
  rollbackTarget,
  rollback,
  outcome,
  breakGlass,
  audit,
  why,
  pin,
  checkpoint,
  witness,
  receive,
];
