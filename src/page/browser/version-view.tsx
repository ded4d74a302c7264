/** One version: its change, why it ran, what was reported on it, its files, and the proof. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { moduleFolder } from '../../model/module-folder.js';
import type { ChangesAnswer, FilesAnswer, VersionAnswer } from '../answers.js';
import { useAnswer } from './data.js';
import { EventText } from './events.js';
import { FileChanges, NOT_SHOWN } from './file-changes.js';
import { Facts, Heading, Shown, Wide } from './page-parts.js';
import { LINK } from './route.js';
import { Age, Badge, Hash, Level, ModuleLink, Said, sizeOf, Time, type Tone, VersionLink } from './text.js';

const STATUS: Readonly<Record<VersionAnswer['status'], Tone>> = {
  ACTIVE: 'note',
  STAGED: 'quiet',
  ARCHIVED: 'quiet',
  REVERTED: 'warn',
};

function Reports({ reports, version }: Pick<VersionAnswer, 'reports' | 'version'>): JSX.Element {
  if (reports.length === 0) return <p class="faint">Nobody has reported on it.</p>;
  return (
    <ul class="reports">
      {reports.map((report) => (
        <li key={report.ref}>
          <p>
            <strong>
              {report.withdraws !== null
                ? `Withdraws #${report.withdraws}`
                : report.approvedBy === 'auto'
                  ? 'Finding'
                  : 'Approval'}{' '}
              #{report.seq}
            </strong>{' '}
            <a href={LINK.pair(version.moduleId, report.fromVer, report.toVer)}>
              {report.fromVer === null ? 'first' : `v${report.fromVer}`} → v{report.toVer}
            </a>{' '}
            <Level level={report.level} /> {report.tainted ? <Badge tone="bad">key revoked</Badge> : null}
          </p>
          {report.rationale === '' ? null : (
            <p class="rationale">
              <Said text={report.rationale} />
            </p>
          )}
          <p class="faint">
            signed by <Said text={report.signedBy} /> with <Hash of={report.fingerprint} length={19} />, signature
            verified; {report.bound ? 'bound to this content' : 'made before this content was in the ledger'}
            {report.assessor === null ? null : (
              <>
                ; measured {report.measuredLevel ?? report.level} by <Said text={report.assessor} />
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Why({ answer }: { readonly answer: VersionAnswer }): JSX.Element {
  const { activations, gate, version } = answer;
  if (activations.length === 0 && answer.status !== 'ACTIVE')
    return (
      <p>
        It never was active. The gate would {gate.allow ? 'let it pass' : 'refuse it'} <Level level={gate.level} />
        {gate.reasons.map(({ message }) => (
          <span key={message} class="line">
            <Said text={message} />
          </span>
        ))}
      </p>
    );
  return (
    <ul class="reports">
      {activations.map(({ seq, fromVer, by, allow, level, reasons }) => (
        <li key={seq}>
          {by === 'gate' ? (
            <Badge tone={allow ? 'good' : 'bad'}>{allow ? 'allowed by the gate' : 'not allowed by the gate'}</Badge>
          ) : (
            <Badge tone="bad">past the gate</Badge>
          )}{' '}
          in place of {fromVer === null ? 'no version' : <VersionLink moduleId={version.moduleId} version={fromVer} />},{' '}
          <a href={LINK.at(seq)}>entry {seq}</a> <Level level={level} />
          {reasons.map(({ message }) => (
            <span key={message} class="line">
              <Said text={message} />
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Changes({
  version,
  from,
  moved,
}: {
  readonly version: VersionAnswer['version'];
  readonly from: number | null;
  readonly moved: number;
}) {
  const name = `modules/${moduleFolder(version.moduleId)}/changes/${from ?? 0}-${version.version}`;
  const asked = useAnswer<ChangesAnswer>(name, moved);
  return (
    <Shown asked={asked}>
      {({ files, metadata, sameContent, level, approvers }) => (
        <>
          <p>
            <Level level={level} />{' '}
            {approvers.length === 0 ? null : (
              <>
                approved by <Said text={approvers.join(', ')} />
              </>
            )}{' '}
            {sameContent ? 'The content is the same.' : null}
          </p>
          <FileChanges files={files} />
          {metadata.length === 0 ? null : (
            <Wide label="Changed metadata">
              <table>
                <caption>Changed metadata</caption>
                <thead>
                  <tr>
                    <th scope="col">Key</th>
                    <th scope="col">Before</th>
                    <th scope="col">After</th>
                  </tr>
                </thead>
                <tbody>
                  {metadata.map((change) => (
                    <tr key={change.key}>
                      <th scope="row">
                        <Said text={change.key} />
                      </th>
                      <td class="rationale">{change.from === null ? '–' : <Said text={change.from} />}</td>
                      <td class="rationale">{change.to === null ? '–' : <Said text={change.to} />}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Wide>
          )}
        </>
      )}
    </Shown>
  );
}

function FileTexts({ version, moved }: { readonly version: VersionAnswer['version']; readonly moved: number }) {
  const asked = useAnswer<FilesAnswer>(`modules/${moduleFolder(version.moduleId)}/files/${version.version}`, moved);
  return (
    <Shown asked={asked}>
      {({ files }) =>
        files.map(({ path, mode, bytes, text, omitted }) => (
          <details key={path} class="file">
            <summary>
              <code>
                <Said text={path} />
              </code>{' '}
              <span class="faint">
                {sizeOf(bytes)}, mode {mode}
              </span>
            </summary>
            {text === null ? (
              <p class="faint">{NOT_SHOWN[omitted ?? 'large']}</p>
            ) : (
              <Wide label={path}>
                <pre class="patch">
                  <Said text={text} />
                </pre>
              </Wide>
            )}
          </details>
        ))
      }
    </Shown>
  );
}

function Files({ answer, moved }: { readonly answer: VersionAnswer; readonly moved: number }): JSX.Element {
  const [open, setOpen] = useState(false);
  const { files, version } = answer;
  if (files.length === 0) return <p class="faint">It was recorded with its checksum alone.</p>;
  if (open) return <FileTexts version={version} moved={moved} />;
  return (
    <>
      <ul class="plain">
        {files.slice(0, 200).map(({ path, bytes }) => (
          <li key={path}>
            <code>
              <Said text={path} />
            </code>{' '}
            <span class="faint">{sizeOf(bytes)}</span>
          </li>
        ))}
        {files.length > 200 ? <li class="faint">and {files.length - 200} more</li> : null}
      </ul>
      <button type="button" onClick={() => setOpen(true)}>
        Show what is in them
      </button>
    </>
  );
}

function Proof({ answer }: { readonly answer: VersionAnswer }): JSX.Element {
  const { version, oid, tree, parent, ref, checksumNote, root, position, entries } = answer;
  return (
    <>
      <Facts
        facts={[
          ['Commit', <code key="oid">{oid}</code>],
          ['Parent', parent === null ? 'none' : <code key="parent">{parent}</code>],
          ['Tree', <code key="tree">{tree}</code>],
          ['Ref', <code key="ref">{ref}</code>],
          [
            'Checksum',
            <>
              <code>
                <Said text={version.checksum} />
              </code>{' '}
              {checksumNote === version.checksum ? (
                <Badge tone="good">its note agrees</Badge>
              ) : (
                <Badge tone="bad">its note says otherwise</Badge>
              )}
            </>,
          ],
          ['Ledger', <code key="root">{root}</code>],
          ['As of', `entry ${position.seq}`],
        ]}
      />
      <Wide label="Journal entries about this version">
        <table>
          <caption>Journal entries about it, oldest first; each signature was verified</caption>
          <thead>
            <tr>
              <th scope="col">Entry</th>
              <th scope="col">Time</th>
              <th scope="col">Signed by</th>
              <th scope="col">Key</th>
              <th scope="col">What happened</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.seq}>
                <th scope="row">
                  <a href={LINK.at(entry.seq)}>{entry.seq}</a> <Hash of={entry.oid} />
                </th>
                <td>
                  <Time timestamp={entry.timestamp} />
                </td>
                <td>
                  <Said text={entry.actor} />
                </td>
                <td>
                  <Hash of={entry.fingerprint} length={19} />
                </td>
                <td>
                  {entry.events.map((event, i) => (
                    <div key={i}>
                      <EventText event={event} />
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <p class="faint">
        The same with the git commands that check it:{' '}
        <code>
          git-lineage show {version.moduleId}@{version.version} --proof
        </code>
      </p>
    </>
  );
}

export function VersionView({
  moduleId,
  version: number,
  against,
  moved,
}: {
  readonly moduleId: string;
  readonly version: number;
  readonly against: number | null;
  readonly moved: number;
}): JSX.Element {
  const asked = useAnswer<VersionAnswer>(`modules/${moduleFolder(moduleId)}/versions/${number}`, moved);
  return (
    <>
      <nav aria-label="Where this is" class="crumbs">
        <a href={LINK.modules}>Modules</a> / <ModuleLink moduleId={moduleId} />
      </nav>
      <Heading title={`${moduleId} v${number}`}>
        <Said text={moduleId} /> v{number}
      </Heading>
      <Shown asked={asked}>
        {(answer) => {
          const { version, status, rollbackTarget, reports, entries } = answer;
          const from = against ?? version.parentVer;
          const made = entries[0];
          return (
            <>
              <p class="marks">
                <Badge tone={STATUS[status]}>{status.toLowerCase()}</Badge>
                {version.tags.map((tag) => (
                  <Badge key={tag} tone={tag === 'stable' ? 'good' : tag === 'reverted' ? 'warn' : 'quiet'}>
                    <Said text={tag} />
                  </Badge>
                ))}
              </p>
              <Facts
                facts={[
                  [
                    'Made',
                    <>
                      <Time timestamp={version.timestamp} />, <Age timestamp={version.timestamp} />
                    </>,
                  ],
                  made === undefined ? null : ['By', <Said key="by" text={made.actor} />],
                  [
                    'Made from',
                    version.parentVer === null ? (
                      'nothing: the first'
                    ) : (
                      <VersionLink moduleId={moduleId} version={version.parentVer} />
                    ),
                  ],
                  status !== 'ACTIVE'
                    ? null
                    : [
                        'Would go back to',
                        rollbackTarget === null ? (
                          'nowhere'
                        ) : (
                          <VersionLink moduleId={moduleId} version={rollbackTarget} />
                        ),
                      ],
                  ...Object.entries(version.metadata).map(
                    ([key, value]) =>
                      [<Said key="name" text={key} />, <Said key="value" text={value.slice(0, 2000)} />] as const,
                  ),
                ]}
              />
              <section>
                <h2>{answer.activations.length > 0 ? 'Why it ran' : 'Whether it may run'}</h2>
                <Why answer={answer} />
              </section>
              <section>
                <h2>{from === null ? 'What it brought' : `Change from v${from}`}</h2>
                <Changes version={version} from={from} moved={moved} />
              </section>
              <section>
                <h2>Reports</h2>
                <Reports reports={reports} version={version} />
              </section>
              <section>
                <h2>Files</h2>
                <Files key={number} answer={answer} moved={moved} />
              </section>
              <section>
                <h2>Proof</h2>
                <Proof answer={answer} />
              </section>
            </>
          );
        }}
      </Shown>
    </>
  );
}
