// salvor: saves Kubernetes clusters and brings them back.
#include "cli/start.h"

int main(int argc, char** argv, char** envp) { return salvor::cli::start(argc, argv, envp); }
