/* Times the validation of one access token by C peers: interleaved short batches, CPU time of this thread.
 * A peer that cannot do a case leaves it out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peers.h"

/* Ours is one more file and one more line here. */
static const struct peer *const PEERS[] = {&libjwt_peer, &cjose_peer, &rhonabwy_peer};
enum { PEERS_COUNT = sizeof PEERS / sizeof *PEERS, MAX_ROWS = 64, MAX_ROUNDS = 64 };

struct row {
    char group[64];
    const struct peer *peer;
    void *key;
    struct input in;
    int batch;
    double samples[MAX_ROUNDS];
};
static struct row rows[MAX_ROWS];
static int row_count;

static char *file(const char *name, const char *end, size_t *length) {
    char path[1024], *text = calloc(1, 65536);
    snprintf(path, sizeof path, "%s/%s.%s", getenv("PEERS_FIXTURES"), name, end);
    FILE *stream = fopen(path, "rb");
    if (!stream || !text) perror(path), exit(1);
    *length = fread(text, 1, 65535, stream);
    fclose(stream);
    return text;
}

static double cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static double time_row(struct row *row, int times) {
    double start = cpu();
    for (int i = 0; i < times; i++)
        if (!row->peer->verify(row->key, &row->in)) abort();
    return (cpu() - start) / times;
}

static void add_case(const char *name, const char *key) {
    size_t ignored;
    struct input in;
    in.token = file(name, "jwt", &in.token_length);
    in.typ_jwt = file(name, "typ-jwt.jwt", &ignored);
    in.jwk = file(key, "jwk.json", &in.jwk_length);
    in.key = file(key, strcmp(key, "hs") ? "pem" : "key", &in.key_length);
    for (int i = 0; i < PEERS_COUNT && row_count < MAX_ROWS; i++) {
        void *prepared = PEERS[i]->prepare(&in);
        if (!prepared || !PEERS[i]->verify(prepared, &in)) continue;
        struct row *row = &rows[row_count++];
        snprintf(row->group, sizeof row->group, "c/%s", name);
        row->peer = PEERS[i], row->key = prepared, row->in = in;
    }
}

static void read_cases(void) {
    size_t length;
    char name[32], key[32], alg[32];
    int used;
    const char *list = file("cases", "tsv", &length);
    for (; sscanf(list, "%31s %31s %31s%n", name, key, alg, &used) == 3; list += used)
        if (strncmp(name, "keys_", 5) && strncmp(name, "length_", 7)) add_case(name, key);
}

int main(void) {
    const char *asked = getenv("PEERS_ROUNDS");
    int rounds = asked ? atoi(asked) : 9;
    if (rounds > MAX_ROUNDS) rounds = MAX_ROUNDS;
    read_cases();
    for (int i = 0; i < row_count; i++) rows[i].batch = 1 + (int)(2e6 / time_row(&rows[i], 10));
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < row_count; i++) {
            time_row(&rows[i], 1); /* brings its code and data back into the caches */
            rows[i].samples[round] = time_row(&rows[i], rows[i].batch);
        }
    for (int i = 0; i < row_count; i++) {
        printf("%s\t%s\t", rows[i].group, rows[i].peer->name);
        for (int round = 0; round < rounds; round++) printf("%s%.1f", round ? " " : "", rows[i].samples[round]);
        printf("\n");
    }
}
