import { TaskError } from './taskError'

/** Whether it can be asked for: what is no UUID would spoil the request for all the others. */
export function isUuid(value: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value)
}

export function findTask<T extends { uuid: string }>(tasks: T[], uuid: string | undefined): T | undefined {
  return tasks.filter(task => task.uuid === uuid)[0]
}

export function notFound(uuid: string): TaskError {
  return new TaskError('not_found', `There is no task ${uuid}, or it is another user's.`)
}
