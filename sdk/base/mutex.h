// std::mutex with clang's thread-safety annotations. What TSan builds uses this, never absl::Mutex:
// Debian's Abseil is not built for ThreadSanitizer and would report races that are none.
#ifndef AMOOZ_SDK_BASE_MUTEX_H_
#define AMOOZ_SDK_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define AMOOZ_THREAD_ANNOTATION_(x) __attribute__((x))
#else
#define AMOOZ_THREAD_ANNOTATION_(x)
#endif
#define AMOOZ_CAPABILITY(x) AMOOZ_THREAD_ANNOTATION_(capability(x))
#define AMOOZ_SCOPED_CAPABILITY AMOOZ_THREAD_ANNOTATION_(scoped_lockable)
#define AMOOZ_GUARDED_BY(x) AMOOZ_THREAD_ANNOTATION_(guarded_by(x))
#define AMOOZ_REQUIRES(...) AMOOZ_THREAD_ANNOTATION_(requires_capability(__VA_ARGS__))
#define AMOOZ_EXCLUDES(...) AMOOZ_THREAD_ANNOTATION_(locks_excluded(__VA_ARGS__))
#define AMOOZ_ACQUIRE(...) AMOOZ_THREAD_ANNOTATION_(acquire_capability(__VA_ARGS__))
#define AMOOZ_RELEASE(...) AMOOZ_THREAD_ANNOTATION_(release_capability(__VA_ARGS__))
#define AMOOZ_NO_THREAD_SAFETY_ANALYSIS AMOOZ_THREAD_ANNOTATION_(no_thread_safety_analysis)

namespace amooz {

class AMOOZ_CAPABILITY("mutex") Mutex {
 public:
  void Lock() AMOOZ_ACQUIRE() { mutex_.lock(); }
  void Unlock() AMOOZ_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class AMOOZ_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) AMOOZ_ACQUIRE(mutex) : mutex_(mutex) { mutex_->Lock(); }
  ~MutexLock() AMOOZ_RELEASE() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
};

// Wait in a loop: while (!condition) cv.Wait(&mutex);
class CondVar {
 public:
  void Wait(Mutex* mutex) AMOOZ_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // False if `timeout` passed without a signal.
  template <typename Rep, typename Period>
  bool WaitFor(Mutex* mutex, std::chrono::duration<Rep, Period> timeout) AMOOZ_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    const bool signalled = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return signalled;
  }
  void Signal() { condition_.notify_one(); }
  void SignalAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_MUTEX_H_
