/** The fields of one event as its lines gave them; those besides `data` may be missing. */
export type SseEvent = { data: string } & Partial<Record<string, string>>

/**
 * Reads Server-Sent Events, by the HTML standard, section "Parsing an event stream".
 *
 * @returns a function that takes the stream's bytes, cut into chunks anywhere
 */
export function createSseParser(onEvent: (event: SseEvent) => void): (bytes: Uint8Array) => void {
  // It drops a byte order mark, and keeps a character that is cut in two.
  const decoder = new TextDecoder()
  /** The line that has not ended yet. */
  let rest = ''
  /** A line feed that comes next belongs to the same line end. */
  let isAfterReturn = false
  let fields: Partial<SseEvent> = {}

  function takeLine(line: string): void {
    const [, name, value] = /^([^:]+):? ?(.*)/s.exec(line) || []
    if (name) fields[name] = name === 'data' && 'data' in fields ? `${fields.data}\n${value}` : value
    else if (!line) {
      if ('data' in fields) onEvent(fields as SseEvent)
      fields = {}
    }
  }

  return bytes => {
    const text = decoder.decode(bytes, { stream: true })
    const lines = (rest + (isAfterReturn ? text.replace(/^\n/, '') : text)).split(/\r\n?|\n/)
    if (text) isAfterReturn = /\r$/.test(text)
    rest = lines.pop() as string
    lines.forEach(takeLine)
  }
}
