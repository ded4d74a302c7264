/**
 * How much a comparison may cost, in steps that are the same on every machine and at every load: time would make a verdict depend on both.
 */

import type ts from '../compiler.cjs';
import { meteredChecker } from './metered-checker.js';

/** Thrown when the work for the whole comparison is done; what was found until then stands. */
export class OutOfWork extends Error {}

/** Thrown out of a question of `Work#ask` that is too large. The checker cannot be used any more; another one is asked only what came before. */
export class TooLarge extends Error {
  /** How many questions came before. */
  readonly questions: number;

  constructor(questions: number) {
    super();
    this.questions = questions;
  }
}

/**
 * A comparison of two types is worth so many instantiations by the checker. Measured on one core at 2.5 GHz: zod 3.22.4 to 3.23.0 takes 90
 * µs a comparison, and valibot 0.30.0 to 0.31.0 30 µs an instantiation.
 */
const COMPARISON = 3;

/**
 * What one question may take, in types that the checker makes, and in instantiations: three times the largest that told something of a real
 * upgrade. Beyond, they hardly end: two versions of a class of zod's held against each other take 900,000 instantiations and a gigabyte.
 */
const QUESTION_TYPES = 20_000;
const QUESTION_INSTANTIATIONS = 30_000;

/** What all checkers of a pair may make: some 600 MB. */
const MAX_TYPES = 400_000;

/** Counts what a pair of versions costs over all programs that are made for it. */
export class Work {
  private readonly limit: number;
  /** How many questions are asked: those before the one that was too large for another checker. Where one is, others are. */
  private readonly mostQuestions: number;
  private readonly programs: ts.Program[] = [];
  private comparisons = 0;
  private types = 0;
  private questions = 0;
  /** The question under way, and what was spent before it. */
  private question: { readonly types: number; readonly instantiated: number } | null = null;

  constructor(limit: number, mostQuestions = Number.POSITIVE_INFINITY) {
    this.limit = limit;
    this.mostQuestions = mostQuestions;
  }

  /** The checker of a program, which ends with `OutOfWork` or `TooLarge` in the middle of a question that would take too much. */
  checkerOf(program: ts.Program): ts.TypeChecker {
    const checker = meteredChecker(program, () => this.countType());
    // Before it is there, a program that is asked how much it instantiated makes another one.
    this.programs.push(program);
    return checker;
  }

  /** Takes note of a comparison. @throws OutOfWork */
  step(): void {
    this.comparisons += 1;
    this.check();
  }

  /** What the checker says to a question that the comparison can do without; null where the answer would take too much. @throws TooLarge the first time */
  ask<T>(question: () => T): T | null {
    if (this.questions >= this.mostQuestions) return null;
    this.question = { types: this.types, instantiated: this.instantiated() };
    try {
      return question();
    } finally {
      this.question = null;
      this.questions += 1;
    }
  }

  private instantiated(): number {
    return this.programs.reduce((sum, program) => sum + program.getInstantiationCount(), 0);
  }

  /** True where three quarters of the work are done: nothing is begun then that the verdict does not need. */
  isNearlyDone(): boolean {
    return this.done() > 0.75 * this.limit || this.types > 0.75 * MAX_TYPES;
  }

  private done(): number {
    return COMPARISON * this.comparisons + this.instantiated();
  }

  private check(): void {
    if (this.done() > this.limit || this.types > MAX_TYPES) throw new OutOfWork();
  }

  private countType(): void {
    this.types += 1;
    if (this.types % 1024 !== 0) return;
    const { question } = this;
    if (question === null) this.check();
    else if (
      this.types - question.types > QUESTION_TYPES ||
      this.instantiated() - question.instantiated > QUESTION_INSTANTIATIONS
    ) {
      throw new TooLarge(this.questions);
    }
  }
}
