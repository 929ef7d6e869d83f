#ifndef GCRYPT_MEMORY_H
#define GCRYPT_MEMORY_H

/* use_locked_memory sets where the library's secure memory comes from; before
 * anything else of the library is called. */
void use_locked_memory(void);

#endif
