/**
 * What is said between a caller and the engine, and by whom.
 *
 * The caller starts a process (`engine-main.ts`), which keeps the limits and does nothing else; the engine runs in a thread
 * of that process (`engine-thread.ts`). Between them go structured clones.
 */

import type { AssessmentInput } from '../model/assessment.js';
import type { ReachedLimit } from './reached-limit.js';

/** How the process is made: its one argument, as JSON. */
export interface WorkerConfig {
  /** The URL of what runs in the engine's thread. */
  readonly script: string;
  /** The engine's heap, in megabytes. */
  readonly memoryLimitMb: number;
}

/** Caller to engine: judge by everything, or (`why`) by names alone, because a limit was reached. */
export interface EngineTask {
  readonly type: 'task';
  readonly id: number;
  readonly input: AssessmentInput;
  readonly why: ReachedLimit | null;
}

/**
 * Engine to caller. `assessment` is believed only once `parseAssessment` has read it. `judged` comes before `done` where the engine goes on
 * to look for a caller that breaks: that verdict stands, whatever becomes of the engine.
 */
export type EngineAnswer =
  | { readonly type: 'judged'; readonly id: number; readonly assessment: unknown }
  | { readonly type: 'done'; readonly id: number; readonly assessment: unknown; readonly heapMb: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

/** The process to the caller: its last words, where it can still say them. */
export interface WorkerEnd {
  readonly type: 'ended';
  readonly limit: 'memory' | 'engine';
  readonly message: string;
}

const MAX_MESSAGE = 300;

/** The first line of whatever was thrown, shortened. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1).join('').slice(0, MAX_MESSAGE);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The value as an answer of the engine's, or null where it is none. */
export function asAnswer(value: unknown): EngineAnswer | null {
  if (!isObject(value) || typeof value['id'] !== 'number') return null;
  const { type, id, message, heapMb, assessment } = value;
  if (type === 'judged') return { type, id, assessment };
  if (type === 'failed' && typeof message === 'string') return { type, id, message };
  return type === 'done' && typeof heapMb === 'number' ? { type, id, assessment, heapMb } : null;
}

/** The value as last words, or null where it is none. */
export function asEnd(value: unknown): WorkerEnd | null {
  if (!isObject(value) || value['type'] !== 'ended' || typeof value['message'] !== 'string') return null;
  const { limit, message } = value;
  return limit === 'memory' || limit === 'engine' ? { type: 'ended', limit, message } : null;
}
