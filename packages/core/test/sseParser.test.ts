import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSseParser, type SseEvent } from '../src/sseParser'

function parse(...chunks: (string | Uint8Array)[]): SseEvent[] {
  const events: SseEvent[] = []
  const take = createSseParser(event => events.push(event))
  for (const chunk of chunks) take(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
  return events
}

const message = (data: string, more: Partial<SseEvent> = {}) => ({ data, ...more })

/** The cases of the HTML standard, sections "Parsing" and "Interpreting an event stream". */
const cases: [string, string, SseEvent[]][] = [
  [
    'lines of data are joined',
    'data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n',
    [
      message('This is the first message.'),
      message('This is the second message, it\nhas two lines.'),
      message('This is the third message.'),
    ],
  ],
  [
    'events have types',
    'event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n',
    [
      message('73857293', { event: 'add' }),
      message('2153', { event: 'remove' }),
      message('113411', { event: 'add' }),
    ],
  ],
  ['stock ticker', 'data: YHOO\ndata: +2\ndata: 10\n\n', [message('YHOO\n+2\n10')]],
  [
    'comments are skipped, a last block without an empty line is not told',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\ndata: fourth',
    [message('first event', { id: '1' }), message('second event', { id: '' }), message(' third event')],
  ],
  ['fields without a value', 'data\n\ndata\ndata\n\ndata:', [message(''), message('\n')]],
  ['one space after the colon is dropped', 'data:test\n\ndata: test\n\n', [message('test'), message('test')]],
  ['carriage returns end lines', 'data: a\rdata: b\r\rdata: c\r\r', [message('a\nb'), message('c')]],
  ['pairs end lines', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', [message('a\nb'), message('c')]],
  [
    'all of them mixed',
    'data: a\r\n\rdata: b\n\r\ndata: c\r\n\n',
    [message('a'), message('b'), message('c')],
  ],
  ['one byte order mark is dropped', '\uFEFFdata: a\n\n', [message('a')]],
  ['a second one makes an unknown field', '\uFEFF\uFEFFdata: a\n\ndata: b\n\n', [message('b')]],
  ['an event without data is not told, and its type is forgotten', 'event: x\n\ndata: a\n\n', [message('a')]],
  [
    'the last type of a block counts, and an empty one is none',
    'event: x\nevent: y\ndata: a\n\nevent: x\nevent:\ndata: b\n\n',
    [message('a', { event: 'y' }), message('b', { event: '' })],
  ],
  [
    'names are exact: capitals and spaces make another',
    'retry: 1000\nData: a\n data: b\ndata : c\ndata: d\n\n',
    [message('d', { retry: '1000', Data: 'a', ' data': 'b', 'data ': 'c' })],
  ],
  ['values keep their colons', 'data: {"a": ": b"}\n\n', [message('{"a": ": b"}')]],
  [
    'other line separators of Unicode end no line',
    'data: a\u2028b\u0085c\u2029\n\n',
    [message('a\u2028b\u0085c\u2029')],
  ],
]

test.each(cases)('%s', (_, text, expected) => {
  expect(parse(text)).toEqual(expected)
})

test.each(cases)('%s, byte by byte', (_, text, expected) => {
  const bytes = new TextEncoder().encode(text)
  expect(parse(...Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(expected)
})

test('bytes that are no UTF-8 are replaced', () => {
  expect(parse('data: a', Uint8Array.of(0xff), 'b\n\n')).toEqual([message('a\uFFFDb')])
})

test('an event is told with the byte that ends it', () => {
  for (const end of ['\n\n', '\r\r', '\r\n\r']) expect(parse('data: a', end)).toHaveLength(1)
})

/** The standard's algorithm, on the whole text. */
function interpret(text: string): SseEvent[] {
  const events: SseEvent[] = []
  let fields: Record<string, string> = {}
  for (const line of text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .slice(0, -1)) {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (line === '') {
      if (fields.data !== undefined) events.push({ ...fields, data: fields.data.replace(/\n$/, '') })
      fields = {}
    } else if (name === 'data') fields.data = `${fields.data ?? ''}${value}\n`
    else if (name) fields[name] = value
  }
  return events
}

const piece = fc.constantFrom(
  ...['\n', '\r', '\r\n', ':', ': ', ' ', 'data', 'data:', 'data: ', 'event: ', 'id: ', 'retry: 1'],
  ...['a', 'é', '漢', '😀', '\0', '\u2028', '\uFEFF', '{"uuid":"1"}'],
)
const streamText = fc.array(piece, { maxLength: 40 }).map(pieces => pieces.join(''))

test('whatever the text and wherever it is cut, its events are those of the standard', () => {
  fc.assert(
    fc.property(streamText, fc.array(fc.nat(200)), (text, cuts) => {
      const bytes = new TextEncoder().encode(text)
      const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((end, i) => bytes.slice(places[i], end))
      expect(parse(...chunks)).toEqual(interpret(text))
    }),
    { numRuns: 3000 },
  )
})

test('any data goes through, wherever it is cut and however its lines end', () => {
  const block = fc.record({
    type: fc.stringMatching(/^[a-z]{1,5}$/),
    data: fc.json(),
    end: fc.constantFrom('\n', '\r', '\r\n'),
  })
  fc.assert(
    fc.property(fc.array(block), fc.integer({ min: 1, max: 50 }), (blocks, size) => {
      const text = blocks
        .map(({ type, data, end }) => `event: ${type}${end}data: ${data}${end}${end}`)
        .join('')
      const bytes = new TextEncoder().encode(text)
      const chunks: Uint8Array[] = []
      for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.slice(i, i + size))
      expect(parse(...chunks)).toEqual(blocks.map(({ type, data }) => message(data, { event: type })))
    }),
  )
})
