/** The alerts and the dashboard: right by promtool, and about metrics that a real run exports. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { MarkdownDocument } from '../docs/document.js';
import { type Exported, parseScrape, runPipeline } from './pipeline-run.js';
import { folderWith, promtool, promtoolAsTyped, skipPromtool } from './promtool.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MONITORING = join(ROOT, 'monitoring');

function read(name: string): string {
  return readFileSync(join(MONITORING, name), 'utf8');
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: unknown;
  readonly targets: readonly { readonly datasource: unknown; readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly panels: readonly Panel[];
}

const alerts = read('alerts.yml');
const dashboard: Dashboard = JSON.parse(read('dashboard.json'));

/** Something that names one metric and labels of it. */
interface Mention {
  readonly where: string;
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The metric of an expression with the labels that it matches or groups by; each expression here is over one. */
function mention(where: string, expr: string, shown: readonly string[] = []): Mention {
  const metrics = [...expr.matchAll(/\basm_\w+/g)].map(([name]) => name);
  expect(metrics, where).toHaveLength(1);
  const matched = captures(expr, /([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g);
  const grouped = [...expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/\s*,\s*/),
  );
  return { where, metric: metrics[0] ?? '', labels: [...matched, ...grouped, ...shown] };
}

function captures(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, captured = '']) => captured);
}

/** `alert: …` to the next one, or to the end. */
const rules = alerts
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => {
    const field = (name: string) => new RegExp(`^ +${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
    return { name: /^\w+/.exec(text)?.[0] ?? '', text, expr: field('expr'), wait: field('for'), field };
  });

/** What stands before the first alert. */
const GROUP = 'groups:\n  - name: git-lineage\n    rules:\n';

interface UnitTests {
  readonly tests: readonly {
    readonly promql_expr_test?: unknown;
    readonly alert_rule_test?: readonly { readonly alertname: string }[];
  }[];
}

/** The unit tests of one alert, without what they ask of others or of expressions alone. */
function unitTestsOf(alert: string): string {
  const all: UnitTests = parse(read('alerts.test.yml'));
  const tests = all.tests.flatMap(({ promql_expr_test: _, alert_rule_test = [], ...rest }) => {
    const asked = alert_rule_test.filter(({ alertname }) => alertname === alert);
    return asked.length === 0 ? [] : [{ ...rest, alert_rule_test: asked }];
  });
  return stringify({ ...all, tests });
}

const mentions: readonly Mention[] = [
  ...rules.map((rule) => mention(rule.name, rule.expr, captures(rule.text, /\$labels\.(\w+)/g))),
  ...dashboard.panels.flatMap((panel) =>
    panel.targets.map((target) =>
      mention(panel.title, target.expr, captures(target.legendFormat, /\{\{\s*(\w+)\s*\}\}/g)),
    ),
  ),
  ...dashboard.templating.list.flatMap(({ name, definition }) => {
    if (definition === undefined) return [];
    const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
    return [{ where: name, metric, labels: [label] }];
  }),
];

/** What Prometheus adds to every series that it scrapes. */
const TARGET_LABELS = ['job', 'instance'];

describe('what a real run exports', () => {
  let exported: Exported;

  beforeAll(async () => {
    exported = await runPipeline();
  });

  test('is read from the text of a scrape', () => {
    const scrape = '# HELP a b\na{x="1",y_z="q\\"{w=\\"2\\"}"} 3\nb 4.5\n';
    expect([...parseScrape(scrape)].map(([name, labels]) => [name, [...labels]])).toEqual([
      ['a', ['x', 'y_z']],
      ['b', []],
    ]);
  });

  test('has every metric and label that an alert, a panel or a variable names', () => {
    const wrong = mentions.flatMap(({ where, metric, labels }) => {
      const known = exported.get(metric);
      if (known === undefined) return [`${where}: ${metric}`];
      const strange = labels.filter((label) => !known.has(label) && !TARGET_LABELS.includes(label));
      return strange.map((label) => `${where}: ${metric}{${label}}`);
    });
    expect(wrong).toEqual([]);
    expect(mentions.length).toBeGreaterThanOrEqual(8);
  });

  test('is shown: each of the five metrics has a panel', () => {
    const shown = new Set(dashboard.panels.flatMap((p) => p.targets.map((t) => mention(p.title, t.expr).metric)));
    for (const metric of [
      'asm_version_breaking_changes_total',
      'asm_version_checkpoints_total',
      'asm_version_lineage_depth',
      'asm_version_pending_approvals',
      'asm_version_rollbacks_total',
    ])
      expect(shown).toContain(metric);
  });

  test('is what the unit tests of the alerts feed them', () => {
    const series = [...read('alerts.test.yml').matchAll(/series: '(\w+)(?:\{(.*)\})?'/g)];
    expect(series.length).toBeGreaterThan(5);
    for (const [, metric = '', labels = ''] of series) {
      const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      const known = [...(exported.get(metric) ?? [])];
      expect(exported.has(metric), metric).toBe(true);
      expect(names.filter((name) => !TARGET_LABELS.includes(name)).sort()).toEqual(known.sort());
    }
  });
});

describe('the alerts', () => {
  test('are the two of old, with their expressions and their patience, and those that a real incident reaches', () => {
    expect(rules.slice(0, 2).map(({ name, expr, wait }) => [name, expr, wait])).toEqual([
      ['VersionRollbackStorm', 'rate(asm_version_rollbacks_total[5m]) > 0.5', '2m'],
      ['BreakingChangePending', 'asm_version_pending_approvals > 0', '1m'],
    ]);
    expect(rules.slice(2).map(({ name }) => name)).toEqual([
      'SickVersionStays',
      'ModuleDiverged',
      'VersionRolledBack',
      'RollbacksRepeat',
      'GlassBroken',
      'ApprovalOverdue',
      'LedgerUnreadable',
      'AuditFailed',
      'WitnessesSilent',
      'VersionsDisagree',
      'RemoteUnreachable',
      'WebhookWaits',
      'WebhookEventsLost',
    ]);
  });

  test('have a severity and a runbook that is there', () => {
    for (const { field } of rules) {
      expect(['critical', 'warning']).toContain(field('severity'));
      const [path = '', anchor = ''] = field('runbook_url').split('#');
      expect(existsSync(join(ROOT, path))).toBe(true);
      const headings = [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(headings).toContain(anchor);
    }
  });

  describe.skipIf(skipPromtool)('by promtool (Debian: prometheus)', () => {
    test('are rules, and pass their unit tests, by the commands of the README', () => {
      const [check = '', unitTests = '', ...others] = new MarkdownDocument('monitoring/README.md').commands('Alerts');
      expect(others).toEqual([]);
      const checked = promtoolAsTyped(check, ROOT);
      expect(checked.output).toContain(`${rules.length} rules found`);
      expect(checked.ok, checked.output).toBe(true);
      const tested = promtoolAsTyped(unitTests, ROOT);
      expect(tested.output).toContain('alerts.test.yml');
      expect(tested.ok, tested.output).toBe(true);
    });

    /** What changes one alert has to be seen by the unit tests of that alert, wherever it stands. */
    const CHANGES: readonly (readonly [string, string])[] = [
      ['> 0.5', '> 0.49'],
      ['> 0.5', '> 0.52'],
      ['> 0.5', '>= 0.5'],
      ['[5m]', '[4m]'],
      ['[5m]', '[10m]'],
      ['rate(', 'irate('],
      ['for: 2m', 'for: 1m'],
      ['for: 2m', 'for: 10m'],
      ['for: 1m', 'for: 0m'],
      ['for: 1m', 'for: 2m'],
      ['approvals > 0', 'approvals > 1'],
      ['approvals > 0', 'approvals >= 0'],
      ['sick > 0', 'sick > 1'],
      ['for: 0s', 'for: 1m'],
      ['diverged > 0', 'diverged >= 0'],
      ['for: 5m', 'for: 4m'],
      ['for: 5m', 'for: 6m'],
      ['reason!="MANUAL"', 'reason!=""'],
      ['max by (job, module_id, reason) (increase', 'max by (job, instance, module_id, reason) (increase'],
      ['[10m])) > 0', '[5m])) > 0'],
      ['[10m])) > 0', '[20m])) > 0'],
      ['> 2.5', '> 1.5'],
      ['> 2.5', '> 3.5'],
      ['sum by (job, instance, module_id)', 'sum by (job, module_id)'],
      ['[15m]', '[10m]'],
      ['[15m]', '[20m]'],
      ['> 14400', '> 10000'],
      ['> 14400', '> 20000'],
      ['ledgers > 0', 'ledgers >= 0'],
      ['passed < 1', 'passed <= 1'],
      ['stddev by (job, module_id)', 'stddev by (module_id)'],
      ['stddev by', 'max by'],
      ['unreachable > 0', 'unreachable >= 0'],
      ['queued > 0', 'queued > 2'],
      ['for: 15m', 'for: 9m'],
      ['for: 15m', 'for: 16m'],
      ['outcome!="delivered"', 'outcome!=""'],
      ['[30m]', '[20m]'],
      ['[30m]', '[40m]'],
      ['$labels.reason', '$labels.cause'],
      ['asm_version_rollbacks_total', 'asm_rollbacks_total'],
    ];
    const changed = CHANGES.flatMap(([from, to]) =>
      rules.filter(({ text }) => text.includes(from)).map(({ name, text }) => ({ name, from, to, text })),
    );

    test('are each changed by what they are tested with', () => {
      expect(CHANGES.filter(([from]) => !alerts.includes(from))).toEqual([]);
      expect(new Set(changed.map(({ name }) => name)).size).toBe(rules.length);
    });

    test.each(changed)('$name fails its unit tests with "$to" for "$from"', ({ name, from, to, text }) => {
      const rule = `      - alert: ${text.replaceAll(from, to)}`;
      const files = { 'alerts.yml': `${GROUP}${rule}`, 'alerts.test.yml': unitTestsOf(name) };
      const { ok, output } = promtool('test', 'rules', join(folderWith(files), 'alerts.test.yml'));
      expect([ok, output]).toEqual([false, expect.stringContaining(`alertname: ${name}`)]);
    });
  });
});

describe('the dashboard', () => {
  test('has its panels side by side, the four of old first, on a data source that is chosen', () => {
    const { length } = dashboard.panels;
    expect(dashboard.panels.slice(0, 4).map((panel) => panel.title)).toEqual([
      'Checkpoint rate',
      'Rollback rate by module and reason',
      'Lineage depth',
      'Pending approvals',
    ]);
    expect(new Set(dashboard.panels.map((p) => p.id)).size).toBe(length);
    expect(new Set(dashboard.panels.map((p) => `${p.gridPos.x} ${p.gridPos.y}`)).size).toBe(length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource' }),
    );
    const chosen = { type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource\}$/) };
    for (const { datasource, targets } of dashboard.panels) {
      for (const source of [datasource, ...targets.map((t) => t.datasource)]) expect(source).toEqual(chosen);
    }
    expect(dashboard).toMatchObject({ uid: 'git-lineage', schemaVersion: 42 });
  });

  test('asks for no variable that it does not have', () => {
    const known = ['__rate_interval', ...dashboard.templating.list.map((variable) => variable.name)];
    const used = [...read('dashboard.json').matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
    expect(used.filter((name) => name !== '__all' && !known.includes(name ?? ''))).toEqual([]);
  });

  test.skipIf(skipPromtool)('has expressions that Prometheus reads', () => {
    const exprs = dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr));
    const lines = exprs.flatMap((expr, i) => {
      const filled = expr.replaceAll('$__rate_interval', '5m').replaceAll('$module_id', '.+');
      return [`      - record: dashboard:q${i}`, `        expr: ${JSON.stringify(filled)}`];
    });
    const text = ['groups:', '  - name: dashboard', '    rules:', ...lines, ''].join('\n');
    const { ok, output } = promtool('check', 'rules', join(folderWith({ 'dashboard.yml': text }), 'dashboard.yml'));
    expect(ok, output).toBe(true);
    expect(output).toContain(`${exprs.length} rules found`);
  });
});
