import type { ClientOptions } from './options'
import { request } from './request'
import type { FollowedTask } from './transport'
import type { TaskPage } from './types'
import { findTask, notFound } from './uuid'

/** As many tasks as the server takes in one request, of a stream too. */
export const chunkSize = 100

/** Asks for tasks, and tells those who follow them. */
export async function readTasks(
  options: ClientOptions,
  tasks: FollowedTask[],
  signal: AbortSignal,
): Promise<void> {
  const answers: Promise<void>[] = []
  for (let i = 0; i < tasks.length; i += chunkSize) answers.push(read(tasks.slice(i, i + chunkSize)))
  await Promise.all(answers)

  async function read(chunk: FollowedTask[]): Promise<void> {
    const path = `?uuid=${chunk.map(({ uuid }) => uuid)}`
    const { results } = await request<TaskPage>(options, { path }, signal)
    for (const { uuid, receive } of chunk) {
      receive(findTask(results, uuid), notFound(uuid))
    }
  }
}
