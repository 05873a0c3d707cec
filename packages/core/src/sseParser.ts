/**
 * Reads Server-Sent Events, by the HTML standard, sections "Parsing" and "Interpreting an event stream", for their
 * data alone: each event here says in its data what it is about, so that types and ids need not be kept.
 *
 * @param onData - called with the data of each event that has any
 * @returns a function that takes the stream's bytes, cut into chunks anywhere
 */
export function createSseParser(onData: (data: string) => void): (bytes: Uint8Array) => void {
  // It drops a byte order mark, and keeps a character that is cut in two.
  const decoder = new TextDecoder()
  /** The line that has not ended yet. */
  let rest = ''
  /** A line feed that comes next belongs to the same line end. */
  let isAfterReturn = false
  /** Those of the event that has not ended yet. */
  let data: string[] = []

  function takeLine(line: string): void {
    const field = /^data(: ?(.*))?$/s.exec(line)
    if (field) data.push(field[2] || '')
    if (line) return
    if (data.length) onData(data.join('\n'))
    data = []
  }

  return bytes => {
    const text = decoder.decode(bytes, { stream: true })
    const lines = (rest + (isAfterReturn ? text.replace(/^\n/, '') : text)).split(/\r\n?|\n/)
    if (text) isAfterReturn = /\r$/.test(text)
    rest = lines.pop() as string
    lines.forEach(takeLine)
  }
}
