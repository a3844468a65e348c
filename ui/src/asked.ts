// A question that was asked as one person, and what came of it.
import type { AnswerView } from './ipc';

export type Asked = { question: string } & (
  | { state: 'waiting' }
  | { state: 'answered'; answer: AnswerView }
  | { state: 'failed'; failure: string }
);
