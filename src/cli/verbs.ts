/** Every verb, in the order in which `--help` lists them. */

import { importReleases } from './import/import.js';
import type { Verb } from './verb.js';
import { activate } from './verbs/activate.js';
import { approve } from './verbs/approve.js';
import { assess } from './verbs/assess.js';
import { audit } from './verbs/audit.js';
import { breakGlass } from './verbs/break-glass.js';
import { capabilities } from './verbs/capabilities.js';
import { checkout } from './verbs/checkout.js';
import { checkpoint } from './verbs/checkpoint.js';
import { clock } from './verbs/clock.js';
import { clone } from './verbs/clone.js';
import { completion } from './verbs/completion.js';
import { diff } from './verbs/diff.js';
import { doctor } from './verbs/doctor.js';
import { fetch } from './verbs/fetch.js';
import { gate } from './verbs/gate.js';
import { history } from './verbs/history.js';
import { hooks } from './verbs/hooks.js';
import { init } from './verbs/init.js';
import { log } from './verbs/log.js';
import { mcp } from './verbs/mcp.js';
import { outcome } from './verbs/outcome.js';
import { pending } from './verbs/pending.js';
import { pin } from './verbs/pin.js';
import { policy } from './verbs/policy.js';
import { pull } from './verbs/pull.js';
import { push } from './verbs/push.js';
import { receive } from './verbs/receive.js';
import { record } from './verbs/record.js';
import { redact } from './verbs/redact.js';
import { remote } from './verbs/remote.js';
import { report } from './verbs/report.js';
import { rollback } from './verbs/rollback.js';
import { rollbackTarget } from './verbs/rollback-target.js';
import { serve } from './verbs/serve.js';
import { show } from './verbs/show.js';
import { signers } from './verbs/signers.js';
import { stage } from './verbs/stage.js';
import { stats } from './verbs/stats.js';
import { status } from './verbs/status.js';
import { sync } from './verbs/sync.js';
import { tag } from './verbs/tag.js';
import { ui } from './verbs/ui.js';
import { untag } from './verbs/untag.js';
import { upgrade } from './verbs/upgrade.js';
import { webhook } from './verbs/webhook.js';
import { why } from './verbs/why.js';
import { withdraw } from './verbs/withdraw.js';
import { witness } from './verbs/witness.js';

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
