import { isTasks } from './snapshot'
import { TaskError } from './taskError'

// A task may have been made before a 500, and one that could not be made is likely to fail again.
const transientForPost = /408|425|429|50[234]/
const transientForGet = /408|425|429|5../

/** Gives the task or tasks of a 2xx answer; anything else throws a {@link TaskError} that says what came instead. */
export async function readAnswer(response: Response, isPost: boolean): Promise<unknown> {
  const { ok, status, headers, url } = response
  const type = headers.get('Content-Type')
  const text = await response.text()
  let detail: unknown
  try {
    detail = JSON.parse(text)
    if (ok && isTasks(detail)) return detail
  } catch {
    // Told below: undefined is the one thing that JSON cannot say, and null is no task.
  }
  const isJson = detail !== undefined
  const said =
    isJson && !ok
      ? (detail as { detail?: string } | null)?.detail || text
      : `${type} that is no task. Check options.baseURL, and that the user is logged in.`
  throw new TaskError(ok ? 'invalid_response' : 'http', `${url} answered ${status}: ${said}`, {
    httpStatus: status,
    detail,
    // JSON by its name but not by its text was cut off on the way; a login page stays a login page.
    transient: ok
      ? !isJson && /json/.test(type as string)
      : (isPost ? transientForPost : transientForGet).test(`${status}`),
    retryAfter: milliseconds(headers.get('Retry-After')),
  })
}

/** Reads `Retry-After`, seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
function milliseconds(retryAfter: string | null): number {
  return +(retryAfter as string) * 1000 || Date.parse(retryAfter as string) - Date.now() || 0
}
