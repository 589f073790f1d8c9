/* Makes MPI as slow as a network: each exchange of a rank of scanline takes a latency and the time
 * of its bytes longer. Is preloaded into the ranks:
 *
 *   cc -shared -fPIC -o slow_network.so slow_network.c $(mpicc --showme:compile)
 *   mpirun -x LD_PRELOAD=./slow_network.so -x SLOW_NETWORK=100,1250 -np 2 scanline train ...
 *
 * SLOW_NETWORK is the latency in microseconds and the bandwidth in bytes per microsecond. A rank
 * has one exchange under way at a time, which consists of one MPI_Irecv and one MPI_Isend at most.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double latency, bandwidth = 0;
static int bytes;  /* of the exchange, the larger of both directions; 0 when it is done */
static double due; /* when it may end; 0 while it is under way */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static void begin(int count) {
  const char* text = getenv("SLOW_NETWORK");
  if (bandwidth == 0 && (!text || sscanf(text, "%lf,%lf", &latency, &bandwidth) != 2)) exit(3);
  if (count > bytes) bytes = count;
  due = 0;
}

int MPI_Irecv(void* to, int count, MPI_Datatype type, int source, int tag, MPI_Comm comm,
              MPI_Request* request) {
  begin(count);
  return PMPI_Irecv(to, count, type, source, tag, comm, request);
}

int MPI_Isend(const void* from, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request* request) {
  begin(count);
  return PMPI_Isend(from, count, type, to, tag, comm, request);
}

int MPI_Testall(int count, MPI_Request* requests, int* is_done, MPI_Status* statuses) {
  const int result = PMPI_Testall(count, requests, is_done, statuses);
  if (!*is_done || bytes == 0) return result;
  if (due == 0) due = now() + latency + bytes / bandwidth;
  if (now() < due) {
    *is_done = 0;
  } else {
    bytes = 0;
  }
  return result;
}
