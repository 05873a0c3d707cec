import { isPage, isTask } from './snapshot'
import { TaskError } from './taskError'

// A task may have been made before a 500, and one that could not be made is likely to fail again.
const transientForPost = /408|425|429|50[234]/
const transientForGet = /408|425|429|5../

/**
 * Gives the task that answers a POST, or the page of tasks that answers a GET. Anything else throws a
 * {@link TaskError} that says what came instead.
 */
export async function readAnswer(response: Response, isPost: boolean): Promise<unknown> {
  const { ok, status, headers, url, redirected } = response
  const text = await response.text()
  let detail: unknown
  try {
    detail = JSON.parse(text)
  } catch {
    // Told below: undefined is the one thing that JSON cannot say.
  }
  if (ok && (isPost ? isTask : isPage)(detail)) return detail
  const type = text ? headers.get('Content-Type') || 'text' : 'nothing'
  const errors = ok ? '' : sayErrors((detail as { detail?: unknown } | null)?.detail || detail)
  const message = errors
    ? `The server answered ${status}: ${errors}`
    : `${redirected ? 'A redirect to ' : ''}${url} answered ${status} with ${type} instead of ` +
      `${isPost ? 'a task' : 'tasks'}. Check the server, options.baseURL and that the user is logged in.`
  throw new TaskError(ok ? 'invalid_response' : 'http', message, {
    httpStatus: status,
    detail,
    // JSON by its name but not by its text was cut off on the way; a login page stays a login page.
    transient: ok
      ? detail === undefined && /json/.test(type)
      : (isPost ? transientForPost : transientForGet).test(`${status}`),
    retryAfter: milliseconds(headers.get('Retry-After')),
  })
}

/** Says the errors of a body, those of fields with the path to the field. */
function sayErrors(errors: unknown, path = ''): string {
  if (typeof errors !== 'object') return errors ? path + errors : ''
  let said = ''
  for (const key in errors) {
    const name = Array.isArray(errors) ? path : `${path.replace(': ', '.')}${key}: `
    const inner = sayErrors((errors as Record<string, unknown>)[key], name)
    if (inner) said += (said && ' ') + inner
  }
  return said
}

/** Reads `Retry-After`, seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
function milliseconds(retryAfter: string | null): number {
  return +(retryAfter as string) * 1000 || Date.parse(retryAfter as string) - Date.now() || 0
}
