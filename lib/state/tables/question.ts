import { foldId } from '../../ids';
import { statement, type Tx } from '../port';
import type { StepId } from './step';

/** A value that people are asked for besides the answer. */
export interface QuestionField {
  /** The property of `msg.answer.values`. */
  name: string;
  /** What people read beside the field; errors name it, too. */
  label: string;
  kind: 'text' | 'number' | 'choice';
  /** The values of a choice. */
  options: string[];
  /** `first`: required for the first choice only. */
  needed: 'no' | 'yes' | 'first';
}

/** What is asked. */
export interface Asked {
  text: string;
  /** The answers to choose from, as people read them. */
  choices: string[];
  fields: QuestionField[];
  /** Who may answer; empty: anybody. */
  people: string[];
}

/** The answer, or that nobody answered in time. */
export type Answer = ChosenAnswer | NoAnswer;

/** What somebody answered, and who. `choice` counts from 0. */
export interface ChosenAnswer {
  /** The number of the choice. */
  choice: number;
  /** What was entered in the fields, by their names. */
  values: Record<string, string | number>;
  /** What somebody wrote beside the answer; may be empty. */
  note: string;
  /** Who answered, as `people` spells the name; empty where nobody is named and none was given. */
  by: string;
  /** Where it was given. */
  how: 'desk' | 'message' | 'link';
}

/** The deadline passed: the run goes on without an answer. */
export interface NoAnswer extends Omit<ChosenAnswer, 'choice' | 'how'> {
  choice: null;
  how: 'deadline';
}

/** A question of a run. Times are ms UTC. */
export interface Question extends Asked {
  id: string;
  step: StepId;
  /** The secret behind the question's links, so that who knows its id cannot make one. */
  nonce: string;
  askedAt: number;
  deadlineAt: number | null;
  /** How often it was sent, and when last. */
  told: number;
  toldAt: number | null;
  answeredAt: number | null;
  answer: Answer | null;
  /** The run's key and workflow. */
  key: string;
  workflow: string;
  /** Its step still waits for it. */
  isOpen: boolean;
}

interface QuestionRow {
  id: string;
  run_id: string;
  node: string;
  visit: number;
  came_from: string;
  branch: number;
  asked: string;
  nonce: string;
  asked_at: number;
  deadline_at: number | null;
  told: number;
  told_at: number | null;
  answered_at: number | null;
  answer: string | null;
  run_key: string;
  name: string;
  is_open: number;
}

const tables = `question JOIN workflow ON workflow.id = question.run_id
  JOIN step ON step.run_id = question.run_id AND step.node = question.node AND step.visit = question.visit
    AND step.came_from = question.came_from AND step.branch = question.branch`;
/** Its step still waits for it. */
const isOpen = "answered_at IS NULL AND ended_at IS NULL AND step.state = 'intended'";
const select = `
  SELECT question.id, question.run_id, question.node, question.visit, question.came_from, question.branch, asked, nonce,
    asked_at, deadline_at, question.told, told_at, answered_at, answer, run_key, name,
    CASE WHEN ${isOpen} THEN 1 ELSE 0 END AS is_open
  FROM ${tables}`;
const byId = statement<QuestionRow>(`${select} WHERE question.id = :id`);
const byStep = statement<QuestionRow>(`${select}
  WHERE question.run_id = :runId AND question.node = :node AND question.visit = :visit
    AND question.came_from = :cameFrom AND question.branch = :branch`);
const openPage = statement<QuestionRow>(`${select} WHERE ${isOpen}
    AND (asked_at, question.id) > (CAST(:at AS BIGINT), CAST(:id AS TEXT))
  ORDER BY asked_at, question.id LIMIT :limit`);
const openAt = statement<QuestionRow>(`${select}
  WHERE question.node = :node AND (question.run_id = :run OR run_key = :key) AND ${isOpen}
  ORDER BY asked_at LIMIT 20`);
const countOpen = statement<{ total: number }>(`
  SELECT COUNT(*) AS total FROM (SELECT question.id FROM ${tables} WHERE ${isOpen} LIMIT :limit) AS some`);
const insert = statement(`
  INSERT INTO question (id, run_id, node, visit, came_from, branch, asked, nonce, asked_at, deadline_at, told, told_at,
    answered_at, answer)
  VALUES (:id, :runId, :node, :visit, :cameFrom, :branch, :asked, :nonce, :now, :deadlineAt, 0, NULL, NULL, NULL)
  ON CONFLICT (run_id, node, visit, came_from, branch)
  DO UPDATE SET asked = :asked, deadline_at = :deadlineAt WHERE question.answered_at IS NULL`);
const setTold = statement('UPDATE question SET told = told + 1, told_at = :now WHERE id = :id');
/** The first answer counts. */
const setAnswer = statement(
  'UPDATE question SET answer = :answer, answered_at = :now WHERE id = :id AND answered_at IS NULL',
);

/** A question to be stored; times in ms UTC. */
export interface NewQuestion {
  id: string;
  nonce: string;
  asked: Asked;
  deadlineAt: number | null;
  now: number;
}

/** Stores a question; one that was asked before gets the current wording. */
export async function putQuestion(tx: Tx, step: StepId, { asked, ...row }: NewQuestion): Promise<void> {
  const { runId, node, visit, cameFrom, branch } = step;
  await tx.change(insert, { runId, node, visit, cameFrom, branch, ...row, asked: JSON.stringify(asked) });
}

/** A question by its id; null when it is unknown or its run is no longer stored. */
export async function findQuestion(tx: Tx, id: string): Promise<Question | null> {
  const [row] = await tx.rows(byId, { id });
  return row ? toQuestion(row) : null;
}

/** The question that a step asks; null before it asked. */
export async function questionOfStep(
  tx: Tx,
  { runId, node, visit, cameFrom, branch }: StepId,
): Promise<Question | null> {
  const [row] = await tx.rows(byStep, { runId, node, visit, cameFrom, branch });
  return row ? toQuestion(row) : null;
}

/** Questions that wait for an answer, the oldest first. */
export async function openQuestions(
  tx: Tx,
  after: { at: number; id: string } | null,
  limit: number,
): Promise<Question[]> {
  const { at, id } = after ?? { at: -1, id: '' };
  return (await tx.rows(openPage, { at, id, limit })).map(toQuestion);
}

/** Questions that a node asks for a run, given by id or key; the oldest first. */
export async function openQuestionsAt(tx: Tx, node: string, run: string): Promise<Question[]> {
  return (await tx.rows(openAt, { node, run, key: foldId(run) })).map(toQuestion);
}

/** At most `limit`. */
export async function countOpenQuestions(tx: Tx, limit: number): Promise<number> {
  return (await tx.rows(countOpen, { limit }))[0]?.total ?? 0;
}

/** Notes that the question was sent once more, at `now` (ms UTC). */
export async function setQuestionTold(tx: Tx, id: string, now: number): Promise<void> {
  await tx.change(setTold, { id, now });
}

/** False when it was answered before. */
export async function setQuestionAnswer(tx: Tx, id: string, answer: Answer, now: number): Promise<boolean> {
  return (await tx.change(setAnswer, { id, answer: JSON.stringify(answer), now })) > 0;
}

function toQuestion(row: QuestionRow): Question {
  const asked: Asked = JSON.parse(row.asked);
  return {
    ...asked,
    id: row.id,
    step: { runId: row.run_id, node: row.node, visit: row.visit, cameFrom: row.came_from, branch: row.branch },
    nonce: row.nonce,
    askedAt: row.asked_at,
    deadlineAt: row.deadline_at,
    told: row.told,
    toldAt: row.told_at,
    answeredAt: row.answered_at,
    answer: row.answer === null ? null : JSON.parse(row.answer),
    key: row.run_key,
    workflow: row.name,
    isOpen: row.is_open === 1,
  };
}
