/** The policy in force, changing it, and what admins sign. */

import type { Policy, PolicyChange } from '../model/policy.js';
import { countersign } from './admin-act.js';
import { checkedSigner } from './checked-signer.js';
import { newDecision } from './decide.js';
import { checkCountersignOptions, checkUpgradeOptions } from './known-options.js';
import type { LedgerAccess } from './ledger-access.js';
import type { AdminAct, CountersignOptions, LedgerPolicy, UpgradeOptions } from './ledger-policy.js';
import { setPolicy } from './set-policy.js';
import { hashVersions, upgrade } from './upgrade.js';

export class GitPolicy implements LedgerPolicy {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  async get(): Promise<Policy> {
    return this.access.read((view) => view.policy);
  }

  async set(change: PolicyChange, options: CountersignOptions = {}): Promise<Policy> {
    checkCountersignOptions(options);
    const { verifier } = this.access.parts;
    return this.access.write(['policy'], (decision) => setPolicy(decision, change, options, verifier));
  }

  async countersign(act: AdminAct): Promise<string> {
    this.access.assertOpen();
    const { parts, journal } = this.access;
    const { signer, verifier } = parts;
    const decision = newDecision(journal.state(), parts, parts.drafts());
    return countersign(decision, act, signer === null ? null : checkedSigner(signer, verifier));
  }

  async upgrade(options?: UpgradeOptions): Promise<Policy> {
    checkUpgradeOptions(options);
    this.access.assertOpen();
    const { objects, upkeep } = this.access.parts;
    const state = this.access.journal.state();
    if (state.policy.format === 2) return state.policy;
    const hashes = await hashVersions(objects, state, options?.onProgress);
    // Before the entry is there: whoever does not know the format must not meet it unwarned.
    await upkeep.requireFormat(2);
    return this.access.write(['upgrade', 'policy', 'clock'], (decision) => upgrade(decision, hashes));
  }
}
