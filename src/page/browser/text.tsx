/** Words, times and marks that all views share. Everything that somebody wrote goes through `Said`. */

import type { ComponentChildren, JSX } from 'preact';
import { LINK } from './route.js';

/** What reads differently from what it says: controls but line feed and tab, zero-width and bidirectional formatting. */
const UNPRINTABLE =
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff])/;

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The text with what cannot be seen spelled out. */
export function visible(text: string): ComponentChildren {
  if (!UNPRINTABLE.test(text)) return text;
  return text.split(UNPRINTABLE).map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      <span key={i} class="code-point">
        {codeOf(part)}
      </span>
    ),
  );
}

/** Text that somebody wrote, kept apart from the text around it. */
export function Said({ text }: { readonly text: string }): JSX.Element {
  return <bdi>{visible(text)}</bdi>;
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export function dayOf(timestamp: number): string {
  return DAY.format(timestamp * 1000);
}

const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** `3 days ago`, or `just now` below a minute. */
export function ageOf(timestamp: number): string {
  const seconds = Date.now() / 1000 - timestamp;
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

function isoTime(timestamp: number): string {
  return new Date(timestamp * 1000).toISOString();
}

/** How long ago, with the time itself where one points at it. */
export function Age({ timestamp }: { readonly timestamp: number }): JSX.Element {
  return (
    <time dateTime={isoTime(timestamp)} title={isoTime(timestamp)}>
      {ageOf(timestamp)}
    </time>
  );
}

export function Time({ timestamp, day = true }: { readonly timestamp: number; readonly day?: boolean }): JSX.Element {
  return (
    <time dateTime={isoTime(timestamp)} title={isoTime(timestamp)}>
      {day ? `${dayOf(timestamp)}, ` : ''}
      {CLOCK.format(timestamp * 1000)}
    </time>
  );
}

export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'note' | 'target';

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const LEVELS: Readonly<Record<string, readonly [tone: Tone, text: string]>> = {
  COMPATIBLE: ['good', 'compatible'],
  MINOR_CHANGE: ['note', 'minor change'],
  BREAKING: ['bad', 'BREAKING'],
  UNKNOWN: ['warn', 'unknown'],
};

export function Level({ level }: { readonly level: string | null }): JSX.Element {
  if (level === null) return <span class="faint">no report</span>;
  const [tone, text] = LEVELS[level] ?? ['quiet', level];
  return <Badge tone={tone}>{text}</Badge>;
}

export function VersionLink({
  moduleId,
  version,
}: {
  readonly moduleId: string;
  readonly version: number;
}): JSX.Element {
  return <a href={LINK.version(moduleId, version)}>v{version}</a>;
}

export function ModuleLink({ moduleId }: { readonly moduleId: string }): JSX.Element {
  return (
    <a href={LINK.module(moduleId)}>
      <Said text={moduleId} />
    </a>
  );
}

/** A hash, of which the beginning is shown. */
export function Hash({ of, length = 10 }: { readonly of: string; readonly length?: number }): JSX.Element {
  return (
    <code class="hash" title={of}>
      {visible(of.slice(0, length))}
    </code>
  );
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const SIZES = ['bytes', 'KB', 'MB', 'GB'] as const;

export function sizeOf(bytes: number | null): string {
  if (bytes === null) return 'redacted';
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < SIZES.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${SIZES[unit] ?? ''}`;
}
