/*
 * A plugin that misbehaves on demand. Its chart takes `case.open` and any event `do.…`; the event's name says what
 * the guard does, which is asked first. The record is whatever the payload of the newest event was.
 *
 *   do.well         nothing wrong
 *   do.effects      the action's effects are the payload, as it is: another pool's posting, a refusal …
 *   do.none         the action hands over no effects
 *   do.number       the guard answers 42
 *   do.say          writes the payload to the pipe itself, then sleeps: garbage, a forged reply, an endless one
 *   do.hang         loops for ever
 *   do.nap          sleeps for a tenth of a second, then nothing wrong
 *   do.trap         executes an illegal instruction
 *   do.exit         exits with code 7
 *   do.eat          takes memory until there is none, then traps
 *   do.write        writes a thousand lines to standard error, then nothing wrong
 *   do.try.open     tries to open a file; the guard says no with the errno as its reason, or yes if it could
 *   do.try.socket   likewise: to make a socket
 *   do.try.fork     likewise: to make a process
 *   do.try.map      likewise: to map memory it may run
 *   do.try.kill     likewise: to signal its parent
 *   do.try.loading.open, do.try.loading.write, do.try.loading.socket
 *                   what was tried while the library was loaded
 */
