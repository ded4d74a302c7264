/** Parts that several views have. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Asked } from './data.js';

/** The heading of a view: gives the page its title, and takes the focus, so that a screen reader begins here. */
export function Heading({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const first = document.title === 'git-lineage';
    document.title = `${title} · git-lineage`;
    if (!first) heading.current?.focus();
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}

/** What is shown of an answer: itself, that it is on its way, or why it does not come. */
export function Shown<T>({
  asked,
  children,
}: {
  readonly asked: Asked<T>;
  readonly children: (value: T) => ComponentChildren;
}): JSX.Element {
  if (asked.failure !== null)
    return (
      <p class="notice bad" role="alert">
        <strong>{asked.failure.code}</strong>: {asked.failure.message}
      </p>
    );
  if (asked.value === null) return <p class="faint waiting">Reading the ledger…</p>;
  return <>{children(asked.value)}</>;
}

/** A table that may be wider than the window: it scrolls by itself, with the keyboard too. */
export function Wide({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="wide" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** Names and values. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: ComponentChildren, value: ComponentChildren] | null)[];
}): JSX.Element {
  return (
    <dl class="facts">
      {facts.map((fact, i) =>
        fact === null ? null : (
          <div key={i}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
