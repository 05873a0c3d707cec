// Shows how the page hears of its tasks. The client tells; nothing here asks.

import { setText } from './words.js'

const words = {
  idle: ['Idle', 'no task is watched'],
  connecting: ['Connecting', 'opening the stream'],
  live: ['Live', 'one stream tells of every task'],
  polling: ['Polling', 'one request asks for all tasks'],
  offline: ['Offline', 'trying again until the server answers'],
}

const root = document.querySelector('.connection')

function show(state) {
  const [word, meaning] = words[state]
  root.dataset.connection = state
  setText(root.querySelector('strong'), word)
  setText(root.querySelector('span'), meaning)
}

TaskAPI.connection.subscribe(show)
show(TaskAPI.connection.getSnapshot())
