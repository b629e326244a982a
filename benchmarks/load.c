/* The loads of load.py in C, fast enough to keep the core of a server busy all the time. Linux only.

   load WARM_UP SECONDS PID requests    SIZE IN_FLIGHT REQUEST SOCKET...
   load WARM_UP SECONDS PID speaker     SIZE LINE TALKER LISTENER...
   load WARM_UP SECONDS PID connections SIZE PORT SOCKET...

   load.py has connected the sockets and sent the first requests; this program inherits them as descriptor
   numbers. The words mean the same there. It prints one line: the bytes received in SECONDS, the seconds, the
   processor seconds of the process PID and of this one, and the median and the 99th percentile of the latency.
*/
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 65536, EVENTS = 256, RESEND_MS = 100, MOST_TIMES = 1 << 22 };

static char buffer[AT_ONCE];
static long long received;
static double times[MOST_TIMES];
static size_t timed;

static double seconds_of(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time)) err(1, "clock_gettime");
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double now(void) { return seconds_of(CLOCK_MONOTONIC); }

static void record(double since) {
    if (timed < MOST_TIMES) times[timed++] = now() - since;
}

static int receive(int socket) {
    ssize_t length = recv(socket, buffer, sizeof buffer, 0);
    if (length <= 0) errx(1, "the server closed a connection");
    received += length;
    return length;
}

static void send_to(int socket, const char *data, size_t length) {
    if (send(socket, data, length, MSG_NOSIGNAL) != (ssize_t)length) err(1, "send");
}

/* --- requests: each answer is followed by the next request */

struct exchange { int socket, unfinished, ahead; double sent_at; };
static struct exchange *exchanges;
static int poller, sockets, size, in_flight, is_lossy;
static char *window;         /* in_flight requests, one after another */
static size_t request_size;

static void watch(int socket, void *owner) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event)) err(1, "epoll_ctl");
}

static void start_requests(char **arguments, int count) {
    int kind;
    socklen_t length = sizeof kind;
    size = atoi(arguments[0]);
    in_flight = atoi(arguments[1]);
    request_size = strlen(arguments[2]);
    window = malloc(in_flight * request_size);
    for (int i = 0; i < in_flight; i++) memcpy(window + i * request_size, arguments[2], request_size);
    sockets = count - 3;
    exchanges = calloc(sockets, sizeof *exchanges);
    for (int i = 0; i < sockets; i++) {
        exchanges[i] = (struct exchange){atoi(arguments[i + 3]), 0, in_flight, now()};
        watch(exchanges[i].socket, &exchanges[i]);
    }
    getsockopt(exchanges[0].socket, SOL_SOCKET, SO_TYPE, &kind, &length);
    is_lossy = kind == SOCK_DGRAM;
}

static void answer(struct exchange *exchange) {
    int bytes = exchange->unfinished + receive(exchange->socket);
    int answers = bytes / size;
    exchange->unfinished = bytes % size;
    if (!answers) return;
    exchange->ahead -= answers;
    if (exchange->ahead <= 0) { /* one request of each window is timed */
        record(exchange->sent_at);
        exchange->sent_at = now();
        exchange->ahead = in_flight;
    }
    send_to(exchange->socket, window, (answers < in_flight ? answers : in_flight) * request_size);
}

static void turn_requests(void) {
    struct epoll_event ready[EVENTS];
    int count = epoll_wait(poller, ready, EVENTS, is_lossy ? RESEND_MS : -1);
    for (int i = 0; i < count; i++) answer(ready[i].data.ptr);
    for (int i = 0; !count && i < sockets; i++) /* all datagrams are lost */
        send_to(exchanges[i].socket, window, in_flight * request_size);
}

/* --- speaker: one client sends a line; when all listeners have received it, it sends the next */

static int *listeners, talker;
static char *line;
static long long missing;
static double said_at;

static void start_speaker(char **arguments, int count) {
    size = atoi(arguments[0]);
    line = arguments[1];
    talker = atoi(arguments[2]);
    sockets = count - 3;
    listeners = calloc(sockets, sizeof *listeners);
    for (int i = 0; i < sockets; i++) {
        listeners[i] = atoi(arguments[i + 3]);
        watch(listeners[i], &listeners[i]);
    }
    missing = (long long)size * sockets;
    said_at = now();
}

static void turn_speaker(void) {
    struct epoll_event ready[EVENTS];
    int count = epoll_wait(poller, ready, EVENTS, -1);
    for (int i = 0; i < count; i++) missing -= receive(*(int *)ready[i].data.ptr);
    if (missing > 0) return;
    record(said_at);
    missing += (long long)size * sockets;
    said_at = now();
    send_to(talker, line, strlen(line));
}

/* --- connections: connect, read an answer to its end, close, and connect again */

static struct { int socket; double since; } *ring;
static struct sockaddr_in server;
static int oldest;

static void start_connections(char **arguments, int count) {
    size = atoi(arguments[0]);
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockets = count - 2;
    ring = calloc(sockets, sizeof *ring);
    for (int i = 0; i < sockets; i++) {
        ring[i].socket = atoi(arguments[i + 2]);
        ring[i].since = now();
    }
}

static void turn_connections(void) {
    ssize_t length = recv(ring[oldest].socket, buffer, sizeof buffer, MSG_WAITALL);
    if (length != size) errx(1, "an answer was cut off");
    received += length;
    close(ring[oldest].socket);
    record(ring[oldest].since);
    ring[oldest].since = now();
    ring[oldest].socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(ring[oldest].socket, (struct sockaddr *)&server, sizeof server)) err(1, "connect");
    oldest = (oldest + 1) % sockets;
}

/* --- all of them */

static const struct {
    const char *name;
    void (*start)(char **arguments, int count);
    void (*turn)(void);
} LOADS[] = {
    {"requests", start_requests, turn_requests},
    {"speaker", start_speaker, turn_speaker},
    {"connections", start_connections, turn_connections},
};

static int compare(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static void measure(void (*turn)(void), double warm_up, double seconds, clockid_t server_clock) {
    for (double end = now() + warm_up; now() < end;) turn();
    received = timed = 0;
    double began = now(), server_began = seconds_of(server_clock), own = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (double end = began + seconds; now() < end;) turn();
    double took = now() - began, server_took = seconds_of(server_clock) - server_began;
    own = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - own;
    qsort(times, timed, sizeof *times, compare);
    printf("%lld %.9f %.9f %.9f", received, took, server_took, own);
    printf(" %.9f %.9f\n", timed ? times[timed / 2] : 0, timed ? times[timed * 99 / 100] : 0);
}

int main(int count, char **arguments) {
    clockid_t server_clock;
    if (count < 8) errx(2, "see the first lines of load.c");
    if (clock_getcpuclockid(atoi(arguments[3]), &server_clock)) errx(1, "no process %s", arguments[3]);
    poller = epoll_create1(0);
    for (size_t i = 0; i < sizeof LOADS / sizeof *LOADS; i++)
        if (!strcmp(arguments[4], LOADS[i].name)) {
            LOADS[i].start(arguments + 5, count - 5);
            measure(LOADS[i].turn, atof(arguments[1]), atof(arguments[2]), server_clock);
            return 0;
        }
    errx(2, "there is no load %s", arguments[4]);
}
