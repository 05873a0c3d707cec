import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSseParser } from '../src/sseParser'

function parse(...chunks: (string | Uint8Array)[]): string[] {
  const events: string[] = []
  const take = createSseParser(data => events.push(data))
  for (const chunk of chunks) take(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
  return events
}

/** The cases of the HTML standard, sections "Parsing" and "Interpreting an event stream". */
const cases: [string, string, string[]][] = [
  [
    'lines of data are joined',
    'data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n',
    [
      'This is the first message.',
      'This is the second message, it\nhas two lines.',
      'This is the third message.',
    ],
  ],
  [
    'types and ids are read over',
    'event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n',
    ['73857293', '2153', '113411'],
  ],
  ['stock ticker', 'data: YHOO\ndata: +2\ndata: 10\n\n', ['YHOO\n+2\n10']],
  [
    'comments are skipped, a last block without an empty line is not told',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\ndata: fourth',
    ['first event', 'second event', ' third event'],
  ],
  ['fields without a value', 'data\n\ndata\ndata\n\ndata:', ['', '\n']],
  ['one space after the colon is dropped', 'data:test\n\ndata: test\n\n', ['test', 'test']],
  ['carriage returns end lines', 'data: a\rdata: b\r\rdata: c\r\r', ['a\nb', 'c']],
  ['pairs end lines', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', ['a\nb', 'c']],
  ['all of them mixed', 'data: a\r\n\rdata: b\n\r\ndata: c\r\n\n', ['a', 'b', 'c']],
  ['one byte order mark is dropped', '\uFEFFdata: a\n\n', ['a']],
  ['a second one makes an unknown field', '\uFEFF\uFEFFdata: a\n\ndata: b\n\n', ['b']],
  ['an event without data is not told', 'event: x\nid: 1\n\ndata: a\n\n', ['a']],
  [
    'names are exact: capitals and spaces make another',
    'retry: 1000\nData: a\n data: b\ndata : c\ndata: d\n\n',
    ['d'],
  ],
  // From here on those of the web platform's own tests, `eventsource/format-*`.
  [
    'comments may be long',
    `data:1\r:\0\n:\r\ndata:2\n:${'x'.repeat(4000)}\rdata:3\n:data:fail\r:\ndata:4\n\n`,
    ['1\n2\n3\n4'],
  ],
  ['data before the last empty line', 'retry:1000\ndata:test1\n\nid:test\ndata:test2', ['test1']],
  [
    'names of fields',
    'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    ['\0\n 2\n1\n3\n\n4'],
  ],
  ['leading space', 'data:\ttest\rdata: \ndata:test\n\n', ['\ttest\n\ntest']],
  ['line ends of all kinds', 'data:test\r\ndata\ndata:test\r\n\r', ['test\n\ntest']],
  ['a null character is data', 'data:\0\n\n\n\n', ['\0']],
  [
    'an unknown field',
    'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n',
    ['test\n'],
  ],
  ['UTF-8', 'data:ok…\n\n', ['ok…']],
  ['values keep their colons', 'data: {"a": ": b"}\n\n', ['{"a": ": b"}']],
  [
    'other line separators of Unicode end no line',
    'data: a\u2028b\u0085c\u2029\n\n',
    ['a\u2028b\u0085c\u2029'],
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
  expect(parse('data: a', Uint8Array.of(0xff), 'b\n\n')).toEqual(['a\uFFFDb'])
})

test('an event is told with the byte that ends it', () => {
  for (const end of ['\n\n', '\r\r', '\r\n\r']) expect(parse('data: a', end)).toHaveLength(1)
})

/** The standard's algorithm, on the whole text. */
function interpret(text: string): string[] {
  const events: string[] = []
  let buffer = ''
  for (const line of text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .slice(0, -1)) {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (line === '') {
      if (buffer !== '') events.push(buffer.replace(/\n$/, ''))
      buffer = ''
    } else if (name === 'data') buffer += `${value}\n`
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
      expect(parse(...chunks)).toEqual(blocks.map(({ data }) => data))
    }),
  )
})
