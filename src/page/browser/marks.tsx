/** How a version became active, and how an audit ended, in a word or two. */

import type { JSX } from 'preact';
import type { ActivationJson, OverviewAnswer } from '../answers.js';
import { Age, Badge, Level, Said } from './text.js';

export function How({ activation }: { readonly activation: ActivationJson }): JSX.Element | null {
  const { type, reason, level, approvers } = activation;
  if (type === 'rollback')
    return (
      <span class="how">
        <Badge tone="warn">rollback</Badge> <Said text={reason ?? ''} />
      </span>
    );
  if (type === 'break-glass')
    return (
      <span class="how">
        <Badge tone="bad">past the gate</Badge> <Said text={reason ?? ''} />
      </span>
    );
  return (
    <span class="how">
      {level === null || level === 'UNKNOWN' ? <span class="faint">not assessed</span> : <Level level={level} />}
      {approvers.length === 0 ? null : (
        <>
          {' '}
          approved by <Said text={approvers.join(', ')} />
        </>
      )}
    </span>
  );
}

export function AuditWord({ lastAudit }: Pick<OverviewAnswer, 'lastAudit'>): JSX.Element {
  if (lastAudit === null) return <span class="faint">never here</span>;
  const tone = lastAudit.outcome === 'passed' ? 'good' : lastAudit.outcome === 'failed' ? 'bad' : 'warn';
  return (
    <>
      <Badge tone={tone}>{lastAudit.outcome}</Badge>{' '}
      <span class="faint">
        <Age timestamp={lastAudit.at} />
      </span>
    </>
  );
}
