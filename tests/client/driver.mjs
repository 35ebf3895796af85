// Hosts stock socket.io clients for the tests and says, line by line, what they see.
//
// Orders come as JSON lines on standard input, each with `do` and, but for `watch` and `unwatch`,
// the `id` of a client:
//   connect {id, url, namespace, options}   emit {id, call, event, args, buffer, ack, timeout_ms}
//   cut {id}      loses the transport without a goodbye; the client comes back by itself
//   reopen {id}   comes back, where `reconnection` is off
//   close {id}    watch {pid} / unwatch {pid}: end this process when the tests end
// Reports go out as JSON lines with `is` and `id`:
//   connected {sid, pid, recovered, transport, connection, extensions}   event {name, args}
//   upgraded {transport, extensions, events}: `events` came before it
//   refused {message, data, active}   disconnected {reason}   answer {call, args}
//   unanswered {call}   closed   fault {message}
//
// `args` of an event is everything the server sent, the offset at its end included.
import { Agent } from 'node:http'
import { createInterface } from 'node:readline'
import { io } from 'socket.io-client'

const MOST_CLIENTS = 2_000
// A test that does not read what it asked for must not grow this process.
const MOST_UNWRITTEN_BYTES = 64 * 1024 * 1024

const clients = new Map()
const watched = new Set()

function report(is, id, more = {}) {
  process.stdout.write(JSON.stringify({ is, id, ...more }) + '\n')
  if (process.stdout.writableLength > MOST_UNWRITTEN_BYTES) leave('nobody reads the reports')
}

function leave(why) {
  if (why) process.stderr.write(`driver ends: ${why}\n`)
  for (const pid of watched) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
  process.exit(why ? 1 : 0)
}

const orders = {
  connect({ id, url, namespace, options }) {
    if (clients.size >= MOST_CLIENTS) throw new Error(`more than ${MOST_CLIENTS} clients`)
    if (clients.has(id)) throw new Error('there is a client of that id')
    // Owns the connections of long-polling, so that they can be lost without a goodbye.
    const agent = new Agent()
    const socket = io(url + namespace, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      randomizationFactor: 0,
      ...(options.transports?.includes('polling') ? { agent } : {}),
      ...options,
    })
    clients.set(id, socket)
    socket.agent = agent
    let events = 0
    socket.io.on('open', () =>
      socket.io.engine.once('upgrade', (transport) =>
        report('upgraded', id, {
          transport: transport.name,
          extensions: transport.ws.extensions,
          events,
        }),
      ),
    )
    socket.on('connect', () =>
      report('connected', id, {
        sid: socket.id,
        pid: socket._pid ?? null,
        recovered: socket.recovered,
        transport: socket.io.engine.transport.name,
        connection: socket.io.engine.id,
        extensions: socket.io.engine.transport.ws?.extensions ?? null,
      }),
    )
    socket.on('connect_error', (error) =>
      report('refused', id, {
        message: error.message,
        data: error.data ?? null,
        active: socket.active,
      }),
    )
    socket.on('disconnect', (reason) => report('disconnected', id, { reason }))
    socket.onAny((name, ...args) => {
      events += 1
      report('event', id, { name, args })
    })
  },

  emit({ id, call, event, args, buffer, ack, timeout_ms }) {
    const socket = clientOf(id)
    if (buffer) args.push(Buffer.from(buffer, 'base64'))
    if (!ack) return void socket.emit(event, ...args)
    socket.timeout(timeout_ms).emit(event, ...args, (error, ...answer) => {
      if (error) report('unanswered', id, { call })
      else report('answer', id, { call, args: answer })
    })
  },

  cut({ id }) {
    const socket = clientOf(id)
    const line = socket.io.engine.transport.ws
    if (line) line.terminate()
    else socket.agent.destroy()
  },

  reopen({ id }) {
    clientOf(id).connect()
  },

  close({ id }) {
    clientOf(id).disconnect()
    clients.delete(id)
    report('closed', id)
  },

  watch({ pid }) {
    watched.add(pid)
  },

  unwatch({ pid }) {
    watched.delete(pid)
  },
}

function clientOf(id) {
  const socket = clients.get(id)
  if (!socket) throw new Error('no client of that id')
  return socket
}

process.on('uncaughtException', (error) => leave(error.stack))

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line)
    try {
      orders[order.do](order)
    } catch (error) {
      report('fault', order.id ?? null, { message: error.message })
    }
  })
  // However the tests end, even killed, this stream ends with them.
  .on('close', () => leave())
